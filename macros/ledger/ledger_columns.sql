{#- Table of the ledger → its columns and types. What they mean is told in models/inbound/_aam_ledger__sources.yml.

    New columns go to the end: create_ledger adds them there to a ledger that an older version made. -#}
{% macro ledger_columns() -%}
    {%- set text, moment, number = api.Column.translate_type('string'), dbt.type_timestamp(), dbt.type_bigint() -%}
    {{ return({
        'aam_batches': {
            'batch_id': text,
            'event': text,
            'event_at': moment,
            'batch_timestamp': number,
            'drop_date': text,
            'destination': text,
            'partner_name': text,
            'split_compressed_bytes': number,
            'split_uncompressed_bytes': number,
            'ledger_version': number,
            'note': text,
        },
        'aam_files': {
            'batch_id': text,
            'file_name': text,
            'url': text,
            'event': text,
            'event_at': moment,
            'size': number,
            'line_bytes': number,
            'lines': number,
            'users': number,
            'signals': number,
            'crc32': number,
            'sha256': text,
        },
        'aam_batch_records': {
            'batch_id': text,
            'data_source': text,
            'dpid': text,
            'target_data_owner_dpid': text,
            'sync_mode': text,
            'user_id': text,
            'line_number': number,
            'line_count': number,
            'record': text,
            'change': text,
            'profile': text,
            'sent': text,
            'removed': text,
            'leftover': text,
            'assert_again_after': text,
            'refreshed_on': 'date',
        },
        'aam_batch_id_syncs': {
            'batch_id': text,
            'id_sync': text,
            'file_prefix': text,
            'dpids': text,
            'record': text,
            'change': text,
        },
        'aam_leases': {
            'fence': number,
            'holder': text,
            'acquired_at': moment,
            'expires_at': moment,
        },
    }) }}
{%- endmacro %}
