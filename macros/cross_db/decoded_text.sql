{#- The text that base64 or hex digits (`encoding`) stand for, in UTF-8; NULL where they stand for none.
    `expression` has whole bytes and the encoding's characters alone. -#}
{% macro decoded_text(expression, encoding) -%}
    {{ return(adapter.dispatch('decoded_text', 'aam_inbound')(expression, encoding)) }}
{%- endmacro %}

{% macro default__decoded_text(expression, encoding) -%}
    {%- set bytes = 'unhex' if encoding == 'hex' else 'unbase64' -%}
    nullif(decode({{ bytes }}({{ expression }}), 'UTF-8'), '')
{%- endmacro %}

{% macro duckdb__decoded_text(expression, encoding) -%}
    {%- set bytes = 'unhex' if encoding == 'hex' else 'from_base64' -%}
    try(decode({{ bytes }}({{ expression }})))
{%- endmacro %}

{% macro postgres__decoded_text(expression, encoding) -%}
    (
        select
            case
                when encode(decoded.bytes, 'hex') ~ '{{ aam_inbound.utf8_in_hex() }}'
                    then convert_from(decoded.bytes, 'UTF8')
            end
        from (select decode({{ expression }}, '{{ encoding }}') as bytes) as decoded
    )
{%- endmacro %}

{#- Spark 4 fails at bytes that are not UTF-8, and Spark 3 reads them as U+FFFD. -#}
{% macro spark__decoded_text(expression, encoding) -%}
    {%- set bytes = ('unhex' if encoding == 'hex' else 'unbase64') ~ '(' ~ expression ~ ')' -%}
    case
        when lower(hex({{ bytes }})) rlike {{ aam_inbound.regexp_literal(aam_inbound.utf8_in_hex()) }}
            then cast({{ bytes }} as string)
    end
{%- endmacro %}
