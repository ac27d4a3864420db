{#- The global data sources: id_type → DPID (N6). -#}
{% macro global_data_sources() -%}
    {{ return({
        'gaid': '20914',
        'idfa': '20915',
        'rida': '121963',
        'maid': '389146',
        'tifa': '963906',
        'fire_tv': '488258',
        'lgudid': '1171485',
        'vizio_ifa': '1171489',
    }) }}
{%- endmacro %}
