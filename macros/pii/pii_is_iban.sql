{#- True where a normalised text holds an IBAN: a country's structure and the check by 97, in one piece or in groups of four.

    Groups may run on into the words that follow, so the structure, of fixed length, cuts the IBAN from what was found. -#}
{% macro pii_is_iban(text) -%}
    {%- set s = '[ ._-]' -%}
    {%- set found = '[a-z]{2}' ~ s ~ '?[0-9]{2}(?:[0-9a-z]{11,30}|(?:' ~ s ~ '[0-9a-z]{4}){2,7}(?:' ~ s ~ '[0-9a-z]{1,3})?)' -%}
    {#- A letter counts as two digits: a as 10, k as 20, u as 30. -#}
    {%- set moved = 'substr(iban_cut, 5) || substr(iban_cut, 1, 4)' -%}
    {%- set tens = prefix_each(prefix_each(prefix_each(moved, 'a-j', 1), 'k-t', 2), 'u-z', 3) -%}
    {%- set digits = 'translate(' ~ tens ~ ", 'abcdefghijklmnopqrstuvwxyz', '01234567890123456789012345')" -%}
    {%- set check -%}
        case
            when iban_cut = '' or (length(iban_cut) < length(iban_found) and not {{ regexp_contains('iban_found', s) }}) then false
            else {{ mod_97(digits) }} = 1
        end
    {%- endset -%}
    case
        when {{ regexp_contains(text, '[a-z]{2}' ~ s ~ '?[0-9]{2}' ~ s ~ '?[0-9a-z]{4}') }}
            then {{ let(
                'iban_found',
                regexp_first(text, '(?:^|[^0-9a-z]|iban)(' ~ found ~ ')(?:$|[^0-9a-z])'),
                let('iban_cut', regexp_first("translate(iban_found, ' ._-', '')", '^(' ~ iban_pattern() ~ ')'), check),
            ) }}
        else false
    end
{%- endmacro %}
