{#- After the `as` of a CTE that several others read: that it is computed once. A planner that writes it out at each use
    takes seconds for expressions as long as the detectors'. -#}
{% macro computed_once() -%}
    {{ return(adapter.dispatch('computed_once', 'aam_inbound')()) }}
{%- endmacro %}

{% macro default__computed_once() -%}
{%- endmacro %}

{% macro duckdb__computed_once() -%}
    materialized
{%- endmacro %}

{% macro postgres__computed_once() -%}
    materialized
{%- endmacro %}
