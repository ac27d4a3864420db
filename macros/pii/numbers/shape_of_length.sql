{#- A shape's slug: `prefix` and the number of characters of `expression`. -#}
{% macro shape_of_length(prefix, expression) -%}
    '{{ prefix }}' || cast(length({{ expression }}) as {{ dbt.type_string() }})
{%- endmacro %}
