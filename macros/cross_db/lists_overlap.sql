{#- True where two texts, each of parts between commas, have a part in common. -#}
{% macro lists_overlap(one, other) -%}
    {{ return(adapter.dispatch('lists_overlap', 'aam_inbound')(one, other)) }}
{%- endmacro %}

{% macro default__lists_overlap(one, other) -%}
    arrays_overlap(split({{ one }}, ','), split({{ other }}, ','))
{%- endmacro %}

{% macro duckdb__lists_overlap(one, other) -%}
    list_has_any(string_split({{ one }}, ','), string_split({{ other }}, ','))
{%- endmacro %}

{% macro postgres__lists_overlap(one, other) -%}
    (string_to_array({{ one }}, ',') && string_to_array({{ other }}, ','))
{%- endmacro %}
