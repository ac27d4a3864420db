{#- True where the digits of `digits` (a text of at most 20 of them) pass the Luhn check. Guard it by a shape test.

    position() in '123456789' is a digit's value, in '516273849' the digit sum of its double; 0 is found in neither. -#}
{% macro luhn_passes(digits) -%}
    {%- set padded -%}
        lpad({{ digits }}, 20, '0')
    {%- endset -%}
    {%- set passes -%}
        mod(
            {%- for place in range(1, 21) %}
                {%- set values = '516273849' if place % 2 else '123456789' %}
            {{ '+ ' if not loop.first }}position(substr(luhn_digits, {{ place }}, 1) in '{{ values }}')
            {%- endfor %},
            10
        ) = 0
    {%- endset -%}
    {{ aam_inbound.bind_once('luhn_digits', padded, passes) }}
{%- endmacro %}
