{#- True where a normalised text holds a phone number that is written as one: with +, with brackets, or in groups.

    Anywhere in a text: + and 7 to 15 digits, an area code in brackets, 3-3-4 groups, a leading 0 and groups with
    blanks, and any number after a word such as `tel`. As the whole text, perhaps between such a word and an
    extension: 00 or 011 and a country, a leading 0 and the groupings that countries use, groups with blanks, and
    the hyphenated groupings of some countries, local numbers of 3-4 digits and those of small countries in groups
    with blanks. Dates, ZIP codes, thousands, the groupings 3-3-3, 4-4, 4-4-4 and 5-4 are none. -#}
{% macro pii_is_phone(text) -%}
    {%- set s = '[ ()./-]{0,3}' -%}
    {%- set g = '[.-]' -%}
    {#- `call_12345678` is the ID of a call, `tel_12345678` a number. -#}
    {%- set joined = '(tel|telefon|telephone|phone|whatsapp|msisdn)s?[ .:=#_-]{1,3}' -%}
    {%- set apart = '(mobile|mobil|mob|cell|call|fax|handy|gsm|sms|contact)s?[ .:=#]{1,3}' -%}
    {%- set word = '((' ~ joined ~ '|' ~ apart ~ '|[tpmf][ .:]+)?[(]?)?' -%}
    {%- set extension = '[).]?([ ,;/-]*(x|ext|extn|extension|durchwahl|dw|app|poste|int|ramal|anexo|#)[ .:=]*[0-9]{1,6}'
        ~ '|[ ,;(]+(home|work|office|mobile|cell|private|privat)[)]?)?[.,;]?' -%}
    {%- set anywhere = [
        '(^|[^0-9a-z])[+] ?[(]?[1-9](' ~ s ~ '[0-9]){6,14}($|[^0-9])',
        '(^|[^0-9a-z])([0-9]{1,3}[ .-]?)?[(](0[0-9 -]{0,6}|[1-9] ?[0-9]{0,2}|[3-9][0-9]{3,4})[)]'
        ~ '[ ./-]{0,3}[0-9]([ ./-]{0,3}[0-9]){4,9}($|[^0-9])',
        '(^|[^0-9a-z./-])((00)?1[ .-])?[0-9]{3}[ ./-]{1,3}[0-9]{3}[ .-]{1,3}[0-9]{4}'
        ~ '($|[^0-9a-z./-]|[.]($|[^0-9])|x|ext)',
        '(^|[^ 0-9a-z./-]|[^0-9] )0[1-9](( [0-9]{2}){4}|[0-9]{0,2} [0-9]{3,4} [0-9]{3,4}|[0-9]{2,3}( | ?/ ?)[0-9]{6,7})'
        ~ '($|[^ 0-9a-z/-]| ($|[^0-9]))',
    ] -%}
    {%- set named = '(^|[^a-z])(' ~ joined ~ '|' ~ apart ~ ')[+(]{0,2}[0-9]([ ()./-]{0,2}[0-9]){5}' -%}
    {%- set whole = [
        '(00|0011|010|011) ?[1-9][0-9]{0,2}([ -]?[(]0[)]|[ ./-])[ ./-]{0,2}[0-9](' ~ s ~ '[0-9]){4,11}',
        '0 ?[1-9](' ~ s ~ '[0-9]){6,13}',
        '[1-9]([ -]?[0-9]){6,12}',
    ] -%}
    {#- With a leading 0 and without a blank: the groupings in use, because other codes begin with 0 as well. -#}
    {%- set grouped = [
        '0[1-9]([./-][0-9]{2}){4}',
        '0[1-9]-[0-9]{7,8}',
        '0[1-9][0-9]{1,2}' ~ g ~ '[0-9]{7,8}',
        '0[1-9][0-9]{3}-[0-9]{6}',
        '0([89]00|1[5-7][0-9]|9[0-9]{2})-[0-9]{6}',
        '0[1-9][0-9]{0,3}/[0-9]{6,8}',
        '0[1-9][0-9]{0,2}/[0-9]{2,3}([.-][0-9]{2,4}){1,3}',
        '0[1-9][0-9]?' ~ g ~ '[0-9]{3}' ~ g ~ '[0-9]{4}',
        '0[1-9][0-9]?' ~ g ~ '[0-9]{4}' ~ g ~ '[0-9]{4}',
        '0[1-9][0-9]{2}' ~ g ~ '[0-9]{3}' ~ g ~ '[0-9]{3,4}',
        '0[1-9][0-9]{2}-[0-9]{2}-[0-9]{4}',
        '0[1-9][0-9]{3}-([0-9]-[0-9]{4}|[0-9]{3}-[0-9]{3})',
        '0[1-9]-[0-9]{3}-[0-9]{7}',
        '0-[1-9][0-9]{2}-[0-9]{4}-[0-9]{3}',
        '0-[1-9][0-9]{3}-[0-9]{4}',
        '0[1-9][0-9]{1,2}' ~ g ~ '[0-9]{2,3}' ~ g ~ '[0-9]{2}' ~ g ~ '[0-9]{2}',
        '0[1-9]' ~ g ~ '[0-9]{3}' ~ g ~ '([0-9]{3}' ~ g ~ '[0-9]{2}|[0-9]{2}' ~ g ~ '[0-9]{2})',
    ] -%}
    {%- set hyphenated = [
        '[1-9][0-9]-[0-9]{4,5}-[0-9]{4}',
        '8-[0-9]{3}-[0-9]{3}-[0-9]{2}-[0-9]{2}',
        '[1-9][0-9]-[0-9]{3}-[0-9]{2}-[0-9]{2}',
        '[1-9][0-9]{2}-[0-9]{3}-[0-9]{2}-[0-9]{2}',
        '1[3-9][0-9]-[0-9]{4}-[0-9]{4}',
        '9[78][0-9]-[0-9]{7}',
        '[1-9][0-9]/[0-9]{3}[ -][0-9]{4}',
        '0[1-9][0-9] [0-9]{2} [0-9]{2}',
        '0[1-9]-[0-9]{4}-[0-9]{3}',
        '1-[78]00-[0-9]{3}-[0-9]{3}',
        '[2-9][0-9]{2}-[0-9]{2}-[0-9]{2}',
        aam_inbound.local_number_pattern(),
        '[2-9][0-9] [0-9]([0-9] [0-9][1-9]|[1-9] [0-9]{2})',
        '[2-8] [0-9]{3} ([0-9]{2}[1-9]|[0-9][1-9]0)',
        '(1[0-3]|[2-9][0-9]) [03-9][0-9]{3}',
        '3 [0-9]{5}',
        '[2-9][0-9] ([0-9]{2}[1-9]|[0-9][1-9]0)',
        '[3-8][0-9]{2} ([0-9]{2}[1-9]|[0-9][1-9]0)',
    ] -%}
    {%- set date = '(19|20)[0-9]{2}[ ./-]?[01][0-9][ ./-]?[0-3][0-9]' -%}
    {%- set honest = [
        '[0-3]?[0-9][ ./-][0-3]?[0-9][ ./-](19|20)[0-9]{2}($|[^0-9])',
        '(19|20)[0-9]{2}[ ./-][01]?[0-9]([ ./-][0-3]?[0-9])?($|[^0-9])',
        '(19|20)[0-9]{2}[ -](19|20)[0-9]{2}($|[^0-9])',
        '[0-9]{4}([ -][0-9]{4}){2,3}$',
        '[0-9]{3}[.-][0-9]{3}[.-][0-9]{3}$',
        '[0-9]{3}[ .-][0-9]{2}[ .-][0-9]{4}$',
        '[0-9]{5}[ -][0-9]{4}$',
        '[1-9][ .][0-9]{3}([ .][0-9]{3})+$',
        '([0-9]+$|0?[1-9][0-9./-]*$|[1-9][0-9-]*($|[^0-9 -]))',
        '00([0-9]{1,3}[./-][0-9]+|([./-][0-9]{2})+)$',
        '0[0-9]?[.][0-9]+$',
        '([0-9 ]* )?[0-9] [0-9] [0-9]',
        '[a-z]+[ .:=#_-]+' ~ date,
    ] -%}
    case
        when {{ aam_inbound.regexp_contains(text, '[0-9]([^0-9]{0,4}[0-9]){4}') }}
            then {{ aam_inbound.regexp_contains(text, anywhere | join('|')) }}
                or (
                    {{ aam_inbound.regexp_contains(text, named) }}
                    and not {{ aam_inbound.regexp_contains(text, date) }}
                )
                or {{ aam_inbound.regexp_full_match(
                    text, word ~ '(' ~ (hyphenated + grouped) | join('|') ~ ')' ~ extension
                ) }}
                or (
                    {{ aam_inbound.regexp_full_match(text, word ~ '(' ~ whole | join('|') ~ ')' ~ extension) }}
                    and not {{ aam_inbound.regexp_contains(text, '^(' ~ honest | join('|') ~ ')') }}
                )
        else false
    end
{%- endmacro %}
