{#- `expression` with `prefix`, a digit, put before every character of the bracket class `class`. -#}
{% macro prefix_each(expression, class, prefix) -%}
    {{ return(adapter.dispatch('prefix_each', 'aam_inbound')(expression, class, prefix)) }}
{%- endmacro %}

{% macro default__prefix_each(expression, class, prefix) -%}
    regexp_replace({{ expression }}, '([{{ class }}])', '{{ prefix }}$1')
{%- endmacro %}

{% macro duckdb__prefix_each(expression, class, prefix) -%}
    regexp_replace({{ expression }}, '([{{ class }}])', '{{ prefix }}\1', 'g')
{%- endmacro %}

{% macro postgres__prefix_each(expression, class, prefix) -%}
    regexp_replace({{ expression }}, '([{{ class }}])', '{{ prefix }}\1', 'g')
{%- endmacro %}
