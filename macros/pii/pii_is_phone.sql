{#- True where a normalised text holds a phone number that is written as one: with +, with brackets, or in groups.

    Anywhere in a text: + and 7 to 15 digits, an area code in brackets, 3-3-4 groups, a leading 0 and common groups. As the whole text, perhaps after a
    word such as `tel` and before an extension: 00 or 011 and a country, a leading 0 and groups, groups with blanks, and
    the hyphenated groupings of some countries. Dates, ZIP codes, thousands and the groupings 3-3-3, 4-4-4, 5-4 are none. -#}
{% macro pii_is_phone(text) -%}
    {%- set s = '[ ()./-]{0,3}' -%}
    {%- set word = '((tel|telefon|telephone|phone|mobile|mobil|mob|cell|call|fax|handy|gsm|sms|whatsapp|contact|[tpmf])[ .:=_#-]+)?' -%}
    {%- set extension = '([ ,;/-]*(x|ext|extn|extension|durchwahl|dw|app|poste|int|ramal|anexo|#)[ .:=]*[0-9]{1,6})?' -%}
    {%- set anywhere = [
        '(^|[^0-9a-z])[+] ?[(]?[1-9](' ~ s ~ '[0-9]){6,14}($|[^0-9])',
        '(^|[^0-9a-z])([0-9]{1,3}[ .-]?)?[(](0[0-9 -]{0,6}|[1-9] ?[0-9]{0,2}|[3-9][0-9]{3,4})[)][ ./-]{0,3}[0-9]([ ./-]{0,3}[0-9]){4,9}($|[^0-9])',
        '(^|[^0-9a-z./-])((00)?1[ .-])?[0-9]{3}[ ./-]{1,3}[0-9]{3}[ .-]{1,3}[0-9]{4}($|[^0-9a-z./-]|[.]($|[^0-9])|x|ext)',
        '(^|[^0-9a-z./-])0[1-9](( [0-9]{2}){4}|[0-9]{0,2} [0-9]{3,4} [0-9]{3,4}|[0-9]{2,3}( | ?/ ?)[0-9]{6,7})($|[^0-9a-z/-])',
    ] -%}
    {%- set whole = [
        '(00|011)' ~ s ~ '[1-9](' ~ s ~ '[0-9]){8,14}',
        '0 ?[1-9](' ~ s ~ '[0-9]){6,11}',
        '[1-9]([ -]?[0-9]){6,12}',
    ] -%}
    {%- set hyphenated = [
        '[1-9][0-9]-[0-9]{4,5}-[0-9]{4}',
        '8-[0-9]{3}-[0-9]{3}-[0-9]{2}-[0-9]{2}',
        '[1-9][0-9]-[0-9]{3}-[0-9]{2}-[0-9]{2}',
        '[1-9][0-9]{2}-[0-9]{3}-[0-9]{2}-[0-9]{2}',
        '1[3-9][0-9]-[0-9]{4}-[0-9]{4}',
        '[6-9][0-9]{4}-[0-9]{5}',
        '9[78][0-9]-[0-9]{7}',
        '[1-9][0-9]/[0-9]{3}[ -][0-9]{4}',
        '0[1-9][0-9] [0-9]{2} [0-9]{2}',
    ] -%}
    {%- set honest = [
        '[0-3]?[0-9][ ./-][0-3]?[0-9][ ./-](19|20)[0-9]{2}($|[^0-9])',
        '(19|20)[0-9]{2}[ ./-][01]?[0-9]([ ./-][0-3]?[0-9])?($|[^0-9])',
        '(19|20)[0-9]{2}[ -](19|20)[0-9]{2}($|[^0-9])',
        '[0-9]{4}[ -][0-9]{4}[ -][0-9]{4}$',
        '[0-9]{3}[.-][0-9]{3}[.-][0-9]{3}$',
        '[0-9]{3}[ .-][0-9]{2}[ .-][0-9]{4}$',
        '[0-9]{5}[ -][0-9]{4}$',
        '[1-9][ .][0-9]{3}([ .][0-9]{3})+$',
        '([0-9]+$|[1-9][0-9-]*($|[^0-9 -]))',
        '0[0-9]?[.][0-9]+$',
        '([0-9 ]* )?[0-9] [0-9] [0-9]',
    ] -%}
    case
        when {{ regexp_contains(text, '[0-9]([^0-9]{0,4}[0-9]){6}') }}
            then {{ regexp_contains(text, anywhere | join('|')) }}
                or {{ regexp_full_match(text, word ~ '(' ~ hyphenated | join('|') ~ ')' ~ extension) }}
                or (
                    {{ regexp_full_match(text, word ~ '(' ~ whole | join('|') ~ ')' ~ extension) }}
                    and not {{ regexp_contains(text, '^(' ~ honest | join('|') ~ ')') }}
                )
        else false
    end
{%- endmacro %}
