{#- A text with its URL encoding (%41, %C3%A9) undone once, as UTF-8; unchanged where what results is not UTF-8. A +
    stays a +. -#}
{% macro url_decoded(expression) -%}
    {{ return(adapter.dispatch('url_decoded', 'aam_inbound')(expression)) }}
{%- endmacro %}

{% macro default__url_decoded(expression) -%}
    coalesce(try_url_decode(replace({{ expression }}, '+', '%2B')), {{ expression }})
{%- endmacro %}

{% macro duckdb__url_decoded(expression) -%}
    case
        when position('%' in {{ expression }}) > 0 then coalesce(try(url_decode({{ expression }})), {{ expression }})
        else {{ expression }}
    end
{%- endmacro %}

{#- PostgreSQL has no such function, and converting bytes that are not UTF-8 is an error: so the bytes are put together,
    and looked at in hex, before they are converted. -#}
{% macro postgres__url_decoded(expression) -%}
    case
        when position('%' in {{ expression }}) = 0 then {{ expression }}
        else (
            select
                case
                    when encode(decoded.bytes, 'hex') ~ '{{ aam_inbound.utf8_in_hex() }}'
                        then convert_from(decoded.bytes, 'UTF8')
                    else {{ expression }}
                end
            from (
                select
                    string_agg(
                        case
                            when part.item[1] ~ '^%[0-9A-Fa-f]{2}$' then decode(substring(part.item[1], 2), 'hex')
                            else convert_to(part.item[1], 'UTF8')
                        end,
                        cast('' as bytea) order by part.place
                    ) as bytes
                from
                    regexp_matches({{ expression }}, '%[0-9A-Fa-f]{2}|[^%]+|%', 'g')
                    with ordinality as part (item, place)
            ) as decoded
        )
    end
{%- endmacro %}

{#- Spark's function takes a lone % for an error, and what is not UTF-8 for U+FFFD. -#}
{% macro spark__url_decoded(expression) -%}
    {%- set bytes_in_hex -%}
        array_join(
            transform(
                regexp_extract_all({{ expression }}, '%[0-9A-Fa-f]{2}|[^%]+|%', 0),
                url_part -> case
                    when url_part rlike '^%[0-9A-Fa-f]{2}' then lower(substring(url_part, 2))
                    else lower(hex(url_part))
                end
            ),
            ''
        )
    {%- endset -%}
    {%- set decoded -%}
        case
            when url_bytes rlike {{ aam_inbound.regexp_literal(aam_inbound.utf8_in_hex()) }}
                then cast(unhex(url_bytes) as string)
            else {{ expression }}
        end
    {%- endset -%}
    case
        when position('%' in {{ expression }}) = 0 then {{ expression }}
        else {{ aam_inbound.bind_once('url_bytes', bytes_in_hex, decoded) }}
    end
{%- endmacro %}
