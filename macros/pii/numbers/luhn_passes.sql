{#- True where the digits of `digits` (a text of at most 20 of them) pass the Luhn check. Guard it by a shape test.

    position() in '123456789' is a digit's value, in '516273849' the digit sum of its double; 0 is found in neither. -#}
{% macro luhn_passes(digits) -%}
    {%- set terms = [] -%}
    {%- for i in range(1, 21) -%}
        {%- do terms.append(dbt.position('substr(luhn_digits, ' ~ i ~ ', 1)', "'516273849'" if i % 2 else "'123456789'") | trim) -%}
    {%- endfor -%}
    {{ aam_inbound.bind_once('luhn_digits', "lpad(" ~ digits ~ ", 20, '0')", 'mod(' ~ terms | join(' + ') ~ ', 10) = 0') }}
{%- endmacro %}
