{#- True where a normalised text holds an IBAN: a country's structure and the check by 97, in one piece or in any
    groups. -#}
{% macro pii_is_iban(text) -%}
    {%- set separators = ' ._-' -%}
    {#- A letter counts as two digits: a as 10, k as 20, u as 30. -#}
    {%- set moved = 'substr(iban_joined, 5) || substr(iban_joined, 1, 4)' -%}
    {%- set ones = aam_inbound.prefix_each(moved, 'a-j', 1) -%}
    {%- set twos = aam_inbound.prefix_each(ones, 'k-t', 2) -%}
    {%- set threes = aam_inbound.prefix_each(twos, 'u-z', 3) -%}
    {%- set digits -%}
        translate({{ threes }}, 'abcdefghijklmnopqrstuvwxyz', '01234567890123456789012345')
    {%- endset -%}
    {%- set pattern = '(?:^|[^0-9a-z]|iban)(' ~ aam_inbound.iban_pattern(separators) ~ ')(?:$|[^0-9a-z])' -%}
    {%- set joined -%}
        translate(iban_written, '{{ separators }}', '')
    {%- endset -%}
    {%- set passes -%}
        case when {{ aam_inbound.mod_97(digits) }} = 1 then true end
    {%- endset -%}
    case
        when {{ aam_inbound.regexp_contains(text, '[a-z]{2}[ ._-]?[0-9][ ._-]?[0-9]([ ._-]?[0-9a-z]){11}') }}
            then coalesce({{ aam_inbound.first_of_matches(
                text, pattern, 'iban_written', aam_inbound.bind_once('iban_joined', joined, passes)
            ) }}, false)
        else false
    end
{%- endmacro %}
