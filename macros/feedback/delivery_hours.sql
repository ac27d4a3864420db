{#- Hours after which an outbound delivery without a transfer-control file is complete, if nothing of it is new (var
    `aam_delivery_hours`, O27). -#}
{% macro delivery_hours() -%}
    {{ return(var('aam_delivery_hours', 6) | int) }}
{%- endmacro %}
