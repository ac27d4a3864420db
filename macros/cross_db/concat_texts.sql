{#- SQL expression: texts one after the other, in one step where `||` would copy them once for each. None of them may be
    NULL: what comes then differs between warehouses. -#}
{% macro concat_texts(expressions) -%}
    {{ return(adapter.dispatch('concat_texts', 'aam_inbound')(expressions)) }}
{%- endmacro %}

{% macro default__concat_texts(expressions) -%}
    {{ expressions | join(' || ') }}
{%- endmacro %}

{% macro duckdb__concat_texts(expressions) -%}
    concat({{ expressions | join(', ') }})
{%- endmacro %}

{% macro spark__concat_texts(expressions) -%}
    concat({{ expressions | join(', ') }})
{%- endmacro %}
