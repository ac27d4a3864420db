{#- `expression` without the blanks before and after it: every character that Unicode calls white space (tab, line ends,
    no-break space …) and the separators U+001C to U+001F, as Python's str.strip() does. Inner blanks stay.

    Trimming so many characters is slow, and nearly every text begins and ends with a printable ASCII one: looked at
    first. -#}
{% macro trim_blanks(expression) -%}
    {%- set blanks = '\t\n\u000b\u000c\r\u001c\u001d\u001e\u001f \u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005'
        ~ '\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000' -%}
    case
        when {{ aam_inbound.regexp_contains(expression, '^[^!-~]|[^!-~]$') }}
            then {{ adapter.dispatch('trim_characters', 'aam_inbound')(expression, "'" ~ blanks ~ "'") }}
        else {{ expression }}
    end
{%- endmacro %}

{% macro default__trim_characters(expression, characters_literal) -%}
    trim(both {{ characters_literal }} from {{ expression }})
{%- endmacro %}

{% macro snowflake__trim_characters(expression, characters_literal) -%}
    trim({{ expression }}, {{ characters_literal }})
{%- endmacro %}

{% macro bigquery__trim_characters(expression, characters_literal) -%}
    trim({{ expression }}, {{ characters_literal }})
{%- endmacro %}
