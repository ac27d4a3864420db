{#- SQL expression: whether an effect is a trait that `d_unsid` can take away (L2), and not a signal whose trait nobody
    named. -#}
{% macro is_named_trait(expression) -%}
    {{ expression }} like 'd#_sid=%' escape '#'
{%- endmacro %}
