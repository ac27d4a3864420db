{#- The remainder by 97 of a number of up to 70 digits, given as a text of digits.

    Taken ten digits at a time, each slice weighed with its power of ten modulo 97 (of the remainder of 10^10: the
    integers of dbt v2's Jinja end below 10^39). -#}
{% macro mod_97(digits) -%}
    {%- set padded -%}
        lpad({{ digits }}, 70, '0')
    {%- endset -%}
    {%- set remainder -%}
        mod(
            {%- for i in range(7) %}
            {{ '+ ' if not loop.first }}cast(substr(long_digits, {{ 10 * i + 1 }}, 10) as bigint)
            * {{ (10 ** 10 % 97) ** (6 - i) % 97 }}
            {%- endfor %},
            97
        )
    {%- endset -%}
    {{ aam_inbound.bind_once('long_digits', padded, remainder) }}
{%- endmacro %}
