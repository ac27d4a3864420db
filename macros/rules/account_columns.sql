{#- The account's lists, which the user's project holds as seeds or models of these names: list → its columns, each with
    what it must be: `text` (as text even where every cell is a number), `number`, or `optional` (text that may be
    missing). -#}
{% macro account_columns() -%}
    {{ return({
        'aam_data_sources': {
            'data_source': 'text',
            'dpid': 'number',
            'id_type': 'text',
            'target_data_owner_dpid': 'number',
            'refresh_mode': 'text',
            'id_placement': 'text',
            'description': 'text',
        },
        'aam_traits': {
            'trait_id': 'number',
            'dpid': 'number',
            'trait_name': 'text',
            'trait_type': 'text',
            'ttl_days': 'number',
            'signal_key': 'text',
            'signal_value': 'text',
        },
        'aam_signal_keys': {
            'data_source': 'text',
            'signal_key': 'text',
            'value_type': 'text',
            'accepts': 'text',
            'cardinality': 'optional',
            'why': 'optional',
        },
        'aam_id_syncs': {
            'id_sync': 'text',
            'file_prefix': 'text',
            'dpids': 'text',
            'description': 'text',
        },
        'aam_destinations': {
            'destination_id': 'number',
            'description': 'text',
            'name_template': 'text',
            'row_template': 'text',
            'blanks': 'optional',
            'header_lines': 'optional',
            'id_type': 'text',
            'data_source': 'text',
            'sync_type': 'optional',
            'schedule': 'optional',
            'full_is_complete': 'optional',
            'export_label': 'text',
        },
    }) }}
{%- endmacro %}
