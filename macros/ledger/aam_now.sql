{#- The present, as a timestamp in UTC: var `aam_now`, else when this build started. Nothing else here reads the
    clock. -#}
{% macro aam_now() -%}
    cast('{{ var("aam_now", "") or run_started_at.strftime("%Y-%m-%d %H:%M:%S") }}' as {{ dbt.type_timestamp() }})
{%- endmacro %}
