{#- SQL expression: a line of an ID file without its newline (I3): the columns id_<number> of `relation`, as many as are
    not NULL. -#}
{% macro id_record(relation, numbers) -%}
    {{ relation }}.id_1
    {%- for number in numbers[1:] %} || coalesce(chr(9) || {{ relation }}.id_{{ number }}, ''){% endfor %}
{%- endmacro %}
