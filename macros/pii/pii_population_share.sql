{#- The share from which on IDs of one ambiguous shape are taken for what they look like: more than half.

    A check that few random IDs pass (4% at most) is passed by more than half of two or more of them practically
    never. -#}
{% macro pii_population_share() -%}
    0.51
{%- endmacro %}
