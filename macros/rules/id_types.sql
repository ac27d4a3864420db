{#- Every id_type that a data source may have. -#}
{% macro id_types() -%}
    {{ return([
        'dpuuid', 'aam_uuid', 'ecid', 'hashed_email',
        'gaid', 'idfa', 'rida', 'maid', 'tifa', 'fire_tv', 'lgudid', 'vizio_ifa',
    ]) }}
{%- endmacro %}
