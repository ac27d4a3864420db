{#- The day of the present (macro aam_now), in UTC. -#}
{% macro aam_today() -%}
    cast({{ aam_inbound.aam_now() }} as date)
{%- endmacro %}
