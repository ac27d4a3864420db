{#- True where a normalised text is, or holds, a card number: written in groups, or in one piece where words say that it
    is no ID.

    In longer text only the groupings that are printed on cards count; alone, any grouping into three or more. In one
    piece it counts right after the name of a card or its network, and in a text of words (see pii_kind_in_words);
    elsewhere it is ambiguous. -#}
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
    {%- set passes -%}
        case
            when {{ aam_inbound.bind_once(
                'card_digits', "translate(card_written, ' ./_-', '')", aam_inbound.payment_card_passes('card_digits')
            ) }}
                then true
        end
    {%- endset -%}
    {%- set whole = '[0-9]{4,8}([ ._-]{1,3}[0-9]{1,8}){2,7}' -%}
    {%- set in_text = [
        '(' ~ sixteen ~ ')' ~ expiry,
        '(?:^|[^0-9a-z])(' ~ printed ~ ')(?:$|[^0-9a-z])',
        '(?:' ~ named ~ ')(' ~ aam_inbound.payment_card_pattern() ~ ')(?:$|[^0-9a-z])',
    ] -%}
    case
        when not {{ aam_inbound.regexp_contains(text, '[0-9]([ ./_-]{0,3}[0-9]){12}') }} then false
        when {{ aam_inbound.regexp_full_match(text, whole) }}
            then coalesce({{ aam_inbound.bind_once('card_written', text, passes) }}, false)
        else coalesce(
            {%- for pattern in in_text %}
            {{ aam_inbound.first_of_matches(text, pattern, 'card_written', passes) }},
            {%- endfor %}
            false
        )
    end
{%- endmacro %}
