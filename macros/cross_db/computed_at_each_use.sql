{#- After the `as` of a CTE that several others read: that each of them computes it. Of rows as many as those of a file,
    keeping them takes longer, and more space, than reading them again. -#}
{% macro computed_at_each_use() -%}
    {{ return(adapter.dispatch('computed_at_each_use', 'aam_inbound')()) }}
{%- endmacro %}

{% macro default__computed_at_each_use() -%}
{%- endmacro %}

{% macro duckdb__computed_at_each_use() -%}
    not materialized
{%- endmacro %}

{% macro postgres__computed_at_each_use() -%}
    not materialized
{%- endmacro %}
