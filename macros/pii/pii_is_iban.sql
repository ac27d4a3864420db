{#- True where a normalised text holds an IBAN: a country's structure and the check by 97, in one piece or in groups of four.

    Groups may run on into the words that follow, so the structure, of fixed length, cuts the IBAN from what was found. -#}
{% macro pii_is_iban(text) -%}
    {%- set s = '[ ._-]' -%}
    {%- set found = '[a-z]{2}' ~ s ~ '?[0-9]{2}(?:[0-9a-z]{11,30}|(?:' ~ s ~ '[0-9a-z]{4}){2,7}(?:' ~ s ~ '[0-9a-z]{1,3})?)' -%}
    {%- set letters = namespace(as_digits="substr(iban_cut, 5) || substr(iban_cut, 1, 4)") -%}
    {%- for i in range(26) -%}
        {%- set letters.as_digits = "replace(" ~ letters.as_digits ~ ", '" ~ 'abcdefghijklmnopqrstuvwxyz'[i] ~ "', '" ~ (i + 10) ~ "')" -%}
    {%- endfor -%}
    {%- set check -%}
        case
            when iban_cut = '' or (length(iban_cut) < length(iban_found) and not {{ regexp_contains('iban_found', s) }}) then false
            else {{ mod_97(letters.as_digits) }} = 1
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
