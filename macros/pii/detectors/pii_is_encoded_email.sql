{#- True where a text (as it is, not normalised) is, or holds, an e-mail address in base64 or in hex: what decoding
    gives is one. -#}
{% macro pii_is_encoded_email(expression) -%}
    {%- set letter = '([0-9A-Za-z_-]|[^\u0001-\u009f])' -%}
    {%- set address -%}
        case
            when {{ aam_inbound.regexp_contains('decoded_text', letter ~ '@(' ~ letter ~ '+[.])+' ~ letter ~ '{2}') }}
                then true
        end
    {%- endset -%}
    {#- To whole groups of four; the signs at the end are often left out. -#}
    {%- set padded -%}
        case mod(length(encoded_text), 4)
            when 0 then encoded_text
            when 1 then substr(encoded_text, 1, length(encoded_text) - 1)
            else encoded_text || substr('==', 1, 4 - mod(length(encoded_text), 4))
        end
    {%- endset -%}
    {%- set in_base64 -%}
        {{ aam_inbound.bind_once('decoded_text', aam_inbound.decoded_text(padded, 'base64'), address) }}
    {%- endset -%}
    {%- set in_hex -%}
        {{ aam_inbound.bind_once('decoded_text', aam_inbound.decoded_text('encoded_text', 'hex'), address) }}
    {%- endset -%}
    {#- As one word with the signs of base64 for URLs; else these stand between words. -#}
    {%- set for_urls -%}
        translate({{ expression }}, '-_', '+/')
    {%- endset -%}
    {%- set hex_pattern = '(?:^|[^0-9a-z]|[0\\\\]x)((?:[0-9a-f][0-9a-f]){6,})(?:$|[^0-9a-z])' -%}
    (
        case
            when {{ aam_inbound.regexp_contains(expression, aam_inbound.encoded_at().base64) }}
                then coalesce(
                    {%- for text in [expression, for_urls] %}
                    {{ aam_inbound.first_of_matches(text, '([0-9A-Za-z+/]{7,})', 'encoded_text', in_base64) }},
                    {%- endfor %}
                    false
                )
            else false
        end
        or case
            when {{ aam_inbound.regexp_contains(expression, aam_inbound.encoded_at().hex) }}
                then coalesce({{ aam_inbound.first_of_matches(
                    'lower(' ~ expression ~ ')', hex_pattern, 'encoded_text', in_hex
                ) }}, false)
            else false
        end
    )
{%- endmacro %}
