{#- What stands after the `as` of a CTE that several others read, so that it is computed once: its query, between
    `call` and `endcall`. A planner that writes it out at each use takes seconds for expressions as long as the
    detectors', and minutes where such CTEs read each other. -#}
{% macro computed_once() -%}
    {{ return(adapter.dispatch('computed_once', 'aam_inbound')(caller())) }}
{%- endmacro %}

{% macro default__computed_once(query) -%}
    ({{ query }})
{%- endmacro %}

{% macro duckdb__computed_once(query) -%}
    materialized ({{ query }})
{%- endmacro %}

{% macro postgres__computed_once(query) -%}
    materialized ({{ query }})
{%- endmacro %}

{#- Spark writes out every CTE but those in which something is random: it keeps their rows for all who read them. -#}
{% macro spark__computed_once(query) -%}
    (select * from ({{ query }}) as computed where uuid() is not null)
{%- endmacro %}
