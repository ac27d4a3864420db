{#- The remainder by 97 of a number of up to 70 digits, given as a text of digits.

    Taken ten digits at a time, each slice weighed with its power of ten modulo 97 (of the remainder of 10^10: the
    integers of dbt v2's Jinja end below 10^39). -#}
{% macro mod_97(digits) -%}
    {%- set terms = [] -%}
    {%- for i in range(7) -%}
        {%- do terms.append('cast(substr(long_digits, ' ~ (10 * i + 1) ~ ', 10) as bigint) * ' ~ ((10 ** 10 % 97) ** (6 - i) % 97)) -%}
    {%- endfor -%}
    {{ aam_inbound.let('long_digits', 'lpad(' ~ digits ~ ", 70, '0')", 'mod(' ~ terms | join(' + ') ~ ', 97)') }}
{%- endmacro %}
