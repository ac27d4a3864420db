{#- True where a normalised text is, or holds, a card number written in groups.

    In longer text only the groupings that are printed on cards count; alone, any grouping into three or more. -#}
{% macro pii_is_payment_card(text) -%}
    {%- set s = '[ ./_-]{1,3}' -%}
    {%- set d4 = '[0-9]{4}' -%}
    {%- set printed = d4 ~ s ~ '(?:' ~ [
        d4 ~ s ~ d4 ~ s ~ d4 ~ '(?:' ~ s ~ '[0-9]{1,3})?',
        d4 ~ s ~ d4 ~ s ~ '[0-9]{1,3}',
        '[0-9]{6}' ~ s ~ '[0-9]{4,5}',
    ] | join('|') ~ ')' -%}
    case
        when {{ regexp_full_match(text, '[0-9]{4,8}(' ~ s ~ '[0-9]{1,8}){2,7}') }}
            then {{ let('card_digits', "translate(" ~ text ~ ", ' ./_-', '')", payment_card_passes('card_digits')) }}
        when {{ regexp_contains(text, d4 ~ s ~ '[0-9]{4}') }}
            then {{ let(
                'card_digits',
                'translate(' ~ regexp_first(text, '(?:^|[^0-9a-z])(' ~ printed ~ ')(?:$|[^0-9a-z])') ~ ", ' ./_-', '')",
                payment_card_passes('card_digits'),
            ) }}
        else false
    end
{%- endmacro %}
