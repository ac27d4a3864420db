{#- False where no detector could match, decided by one regular expression on the raw text.

    UUIDs, hashes, plain numbers and `CRM-2024-000123` end here, so that millions of them cost next to nothing. Every
    shape that pii_kind can name and that is made of letters, digits, `_` and `-` alone needs its alternative here. -#}
{% macro pii_may_match(expression) -%}
    {%- set omocode = '[0-9L-NP-Vl-np-v]' -%}
    {%- set fours = '([_-][0-9A-Za-z]{4})' -%}
    {#- Of the pairs that begin a hexadecimal ID, only AD, AE, BA, BE, BF, CF, DE and EE are countries with IBANs. -#}
    {%- set country = '([G-Zg-z][A-Za-z]|[A-Fa-f][G-Zg-z]|[Aa][DdEe]|[Bb][AaEeFf]|[Cc][Ff]|[DdEe][Ee])' -%}
    {#- Words that say what the digits beside them are. Without counts of digits, which would make the search slow. -#}
    {%- set words = [] -%}
    {%- for word in [
        'visa', 'mastercard', 'maestro', 'amex', 'diners', 'discover', 'jcb', 'unionpay', 'rupay',
        'phone', 'telefon', 'msisdn', 'whatsapp', 'ssn', 'nino',
    ] -%}
        {%- do words.append(aam_inbound.any_case(word)) -%}
    {%- endfor -%}
    {{ aam_inbound.regexp_contains(expression, [
        '[^0-9A-Za-z_-]',
        '^[0-9]+-[0-9-]+$',
        '[0-9]{3}-[0-9]{2,3}-[0-9]{4}',
        '(^|[_-])[0-9]{4}[_-]([0-9]{4}[_-][0-9]{4}[_-][0-9]{1,4}($|[_-])|[0-9]{6}[_-][0-9]{4})',
        '[0-9]{2}-(2[ABab]|[0-9]{2})-[0-9]{3}-',
        '2[ABab][0-9]{6}-?[0-9]{2}($|[_-])',
        '[0-9]{3}-?[0-9]{3}-[A-Za-z]($|[_-])',
        '(^|[_-])[XYZxyz]-[0-9]{7}[A-Za-z]($|[_-])',
        words | join('|'),
        '(^|[_-])([Dd][Nn][Ii]|[Nn][Ii][EeFf]?|[Tt][Ee][Ll])[_-]',
        '[_-]' ~ aam_inbound.any_case('dot') ~ '[_-]',
        '(^|[_-])[0-9]{6}[_-][0-9]{13}($|[_-])',
        '(^|[_-])[A-Za-z]{2}-?[0-9]{2}-[0-9]{2}-[0-9]{2}-?[A-Da-d]',
        '(^|[_-])[A-Za-z]{2}-[0-9]{6}',
        '[0-9]{6}-[A-Da-d]($|[_-])',
        '(^|[_-]|' ~ aam_inbound.any_case('iban') ~ ')' ~ country
            ~ '[_-]?[0-9]{2}([0-9A-Za-z]{11,30}|' ~ fours ~ '{2,7}[_-][0-9A-Za-z]{1,3}|' ~ fours ~ '{3,7})($|[_-])',
        '[A-Za-z]{3}-?[A-Za-z]-?[A-Za-z]{2}-?' ~ omocode ~ '{2}-?[A-Ta-t]-?'
            ~ omocode ~ '{2}-?[A-Za-z]' ~ omocode ~ '{3}-?[A-Za-z]($|[_-])',
    ] | join('|')) }}
{%- endmacro %}
