{#- A text percent-encoded for a URL (RFC 3986): its UTF-8 bytes as %XX in upper case, all but letters, digits and `- .
    _ ~`. -#}
{% macro url_encoded(expression) -%}
    {{ return(adapter.dispatch('url_encoded', 'aam_inbound')(expression)) }}
{%- endmacro %}

{#- Spark's function is made for forms: it writes + for a blank, keeps * and encodes ~. -#}
{% macro default__url_encoded(expression) -%}
    replace(replace(replace(url_encode({{ expression }}), '+', '%20'), '*', '%2A'), '%7E', '~')
{%- endmacro %}

{% macro duckdb__url_encoded(expression) -%}
    url_encode({{ expression }})
{%- endmacro %}

{#- PostgreSQL has no such function: character by character, where there is one that needs it. -#}
{% macro postgres__url_encoded(expression) -%}
    case
        when ({{ expression }}) collate "C" !~ '[^A-Za-z0-9._~-]' then {{ expression }}
        else (
            select
                string_agg(
                    case
                        when part.item collate "C" ~ '[A-Za-z0-9._~-]' then part.item
                        else regexp_replace(upper(encode(convert_to(part.item, 'UTF8'), 'hex')), '(..)', '%\1', 'g')
                    end,
                    '' order by part.place
                )
            from regexp_split_to_table({{ expression }}, '') with ordinality as part (item, place)
        )
    end
{%- endmacro %}

{#- Snowflake has no such function: every byte as %XX, and then those that need no encoding back. A `%` is none of
    these, so that each is read where it was put. -#}
{% macro snowflake__url_encoded(expression) -%}
    {%- set encoded = namespace(sql="regexp_replace(hex_encode(" ~ expression ~ "), '(..)', '%\\\\1')") -%}
    {%- for code, characters in [
        (65, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'), (97, 'abcdefghijklmnopqrstuvwxyz'), (48, '0123456789'),
        (45, '-.'), (95, '_'), (126, '~'),
    ] -%}
        {%- for character in characters -%}
            {%- set encoded.sql = "replace(" ~ encoded.sql ~ ", '%" ~ '%02X' | format(code + loop.index0)
                ~ "', '" ~ character ~ "')" -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ encoded.sql }}
{%- endmacro %}
