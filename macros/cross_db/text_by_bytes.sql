{#- `expression` as text that is compared, grouped and sorted by its bytes from here on, whatever the collation of the
    column that it comes from (L7). Tables made of it keep that. -#}
{% macro text_by_bytes(expression) -%}
    {{ return(adapter.dispatch('text_by_bytes', 'aam_inbound')(expression)) }}
{%- endmacro %}

{% macro default__text_by_bytes(expression) -%}
    cast({{ expression }} as {{ dbt.type_string() }})
{%- endmacro %}

{% macro duckdb__text_by_bytes(expression) -%}
    cast({{ expression }} as {{ dbt.type_string() }}) collate "C"
{%- endmacro %}

{% macro postgres__text_by_bytes(expression) -%}
    cast({{ expression }} as {{ dbt.type_string() }}) collate "C"
{%- endmacro %}
