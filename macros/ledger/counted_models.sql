{#- The models that build_counts reads. -#}
{% macro counted_models() -%}
    {{ return([
        'input__aam_data_sources', 'inbound_signals', 'inbound_realised_traits', 'inbound_change_totals',
        'inbound_change_summary', 'inbound_rejects', 'id_sync_coverage',
    ]) }}
{%- endmacro %}
