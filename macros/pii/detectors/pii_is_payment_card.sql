{#- True where a normalised text is, or holds, a card number: written in groups, or in one piece where words say that it
    is no ID.

    In longer text only the groupings that are printed on cards count; alone, any grouping into three or more. In one
    piece it counts in a text with blanks, and right after the name of a card or its network; elsewhere it is
    ambiguous. -#}
{% macro pii_is_payment_card(text) -%}
    {%- set s = '[ ./_-]{1,3}' -%}
    {%- set d4 = '[0-9]{4}' -%}
    {%- set sixteen = d4 ~ s ~ d4 ~ s ~ d4 ~ s ~ d4 -%}
    {%- set printed = '(?:' ~ [
        sixteen ~ '(?:' ~ s ~ '[0-9]{1,3})?',
        d4 ~ s ~ d4 ~ s ~ d4 ~ s ~ '[0-9]{1,3}',
        d4 ~ s ~ '[0-9]{6}' ~ s ~ '[0-9]{4,5}',
        '(?:62|81)[0-9]{4}' ~ s ~ '[0-9]{13}',
    ] | join('|') ~ ')' -%}
    {%- set expiry = s ~ '(?:0[1-9]|1[0-2])/[0-9]{2}' -%}
    {%- set named = [
        '(?:^|[^a-z])(?:card|cc|ccn|pan|karte|kreditkarte|carte|tarjeta|carta) ?(?:number|nummer|no|nr)?[.]? ?[:=#] ?',
        '(?:visa|mastercard|maestro|amex|american express|diners|discover|jcb|unionpay|rupay)[ :=#_-]{0,3}',
    ] | join('|') -%}
    {%- set written -%}
        case
            when {{ aam_inbound.regexp_full_match(text, '[0-9]{4,8}([ ._-]{1,3}[0-9]{1,8}){2,7}') }} then {{ text }}
            when {{ aam_inbound.regexp_contains(text, sixteen ~ expiry) }}
                then {{ aam_inbound.regexp_first(text, '(' ~ sixteen ~ ')' ~ expiry) }}
            when {{ aam_inbound.regexp_contains(text, d4 ~ s ~ d4) }}
                then {{ aam_inbound.regexp_first(text, '(?:^|[^0-9a-z])(' ~ printed ~ ')(?:$|[^0-9a-z])') }}
            when {{ aam_inbound.regexp_contains(text, '[^ ] +[^ ]|(' ~ named ~ ')[0-9]') }}
                then {{ aam_inbound.regexp_first(
                    text,
                    '(?:^|[^0-9a-z.,_-]|' ~ named ~ ')(' ~ aam_inbound.payment_card_pattern() ~ ')(?:$|[^0-9a-z])',
                ) }}
        end
    {%- endset -%}
    {%- set joined -%}
        translate({{ written }}, ' ./_-', '')
    {%- endset -%}
    {%- set passes -%}
        coalesce({{ aam_inbound.payment_card_passes('card_digits') }}, false)
    {%- endset -%}
    case
        when {{ aam_inbound.regexp_contains(text, '[0-9]([ ./_-]{0,3}[0-9]){12}') }}
            then {{ aam_inbound.bind_once('card_digits', joined, passes) }}
        else false
    end
{%- endmacro %}
