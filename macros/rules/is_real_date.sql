{#- SQL condition: the text is a date that exists, written YYYY-MM-DD (L5). A pattern, leap years included, because
    casting a text that is no date is an error. -#}
{% macro is_real_date(expression) -%}
    {%- set any_year = '[0-9]{4}-((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])'
        ~ '|(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|1[0-9]|2[0-8]))' -%}
    {%- set leap_day = '([0-9]{2}(0[48]|[2468][048]|[13579][26])|([02468][048]|[13579][26])00)-02-29' -%}
    ({{ aam_inbound.regexp_full_match(expression, any_year ~ '|' ~ leap_day) }} and {{ expression }} >= '0001')
{%- endmacro %}
