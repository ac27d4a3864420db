{#- Days within which every user's whole state is sent again (var `aam_refresh_days`), for traits decay (M6, V7). -#}
{% macro aam_refresh_days() -%}
    {{ return(var('aam_refresh_days', 30)) }}
{%- endmacro %}
