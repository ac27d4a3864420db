{#- True where a normalised text holds an IBAN: a country's structure and the check by 97, in one piece or in any groups. -#}
{% macro pii_is_iban(text) -%}
    {%- set separators = ' ._-' -%}
    {#- A letter counts as two digits: a as 10, k as 20, u as 30. -#}
    {%- set moved = 'substr(iban_joined, 5) || substr(iban_joined, 1, 4)' -%}
    {%- set tens = aam_inbound.prefix_each(aam_inbound.prefix_each(aam_inbound.prefix_each(moved, 'a-j', 1), 'k-t', 2), 'u-z', 3) -%}
    {%- set digits = 'translate(' ~ tens ~ ", 'abcdefghijklmnopqrstuvwxyz', '01234567890123456789012345')" -%}
    case
        when {{ aam_inbound.regexp_contains(text, '[a-z]{2}[ ._-]?[0-9][ ._-]?[0-9]([ ._-]?[0-9a-z]){11}') }}
            then {{ aam_inbound.bind_once(
                'iban_joined',
                'translate(' ~ aam_inbound.regexp_first(text, '(?:^|[^0-9a-z]|iban)(' ~ aam_inbound.iban_pattern(separators) ~ ')(?:$|[^0-9a-z])') ~ ", '" ~ separators ~ "', '')",
                "case when iban_joined = '' then false else " ~ aam_inbound.mod_97(digits) ~ ' = 1 end',
            ) }}
        else false
    end
{%- endmacro %}
