{#- Regular expression for the digits of a card number: a prefix that card networks issue, with a length they use.

    Visa, Mastercard, American Express, Diners Club, JCB, Discover, UnionPay, Maestro (and RuPay, Elo),
    RuPay and Troy, Mir, in this order. -#}
{% macro payment_card_pattern() -%}
    {{ return('(' ~ [
        '4[0-9]{12}([0-9]{3}){0,2}',
        '(5[1-5][0-9]{2}|222[1-9]|22[3-9][0-9]|2[3-6][0-9]{2}|27[01][0-9]|2720)[0-9]{12}',
        '3[47][0-9]{13}',
        '3(0[0-59]|[689][0-9])[0-9]{11,16}',
        '(2131|1800)[0-9]{11}|35[0-9]{14,17}',
        '6(011|4[4-9][0-9]|5[0-9]{2})[0-9]{12,15}',
        '(62|81)[0-9]{14,17}',
        '(5[0678][0-9]{2}|6304|6390|67[0-9]{2})[0-9]{9,15}',
        '(60[0-9]{2}|8[12][0-9]{2}|636[0-9]|9792)[0-9]{12}',
        '220[0-4][0-9]{12,15}',
    ] | join('|') ~ ')') }}
{%- endmacro %}
