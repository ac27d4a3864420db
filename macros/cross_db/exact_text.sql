{#- `expression` as text that is compared, grouped and sorted by its bytes from here on, whatever the collation of the column that it
    comes from (L7). Tables made of it keep that. -#}
{% macro exact_text(expression) -%}
    {{ return(adapter.dispatch('exact_text', 'aam_inbound')(expression)) }}
{%- endmacro %}

{% macro default__exact_text(expression) -%}
    cast({{ expression }} as {{ dbt.type_string() }})
{%- endmacro %}

{% macro duckdb__exact_text(expression) -%}
    cast({{ expression }} as {{ dbt.type_string() }}) collate "C"
{%- endmacro %}

{% macro postgres__exact_text(expression) -%}
    cast({{ expression }} as {{ dbt.type_string() }}) collate "C"
{%- endmacro %}
