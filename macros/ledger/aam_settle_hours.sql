{#- Hours after its commit from which on Audience Manager has surely applied a batch (var `aam_settle_hours`, M3). -#}
{% macro aam_settle_hours() -%}
    {{ return(var('aam_settle_hours', 48)) }}
{%- endmacro %}
