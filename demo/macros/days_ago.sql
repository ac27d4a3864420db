{#- The time so many days before the build (var aam_now). -#}
{% macro days_ago(days) -%}
    {{ dbt.dateadd('day', -days, aam_inbound.aam_now()) }}
{%- endmacro %}
