{#- Raw table of what Audience Manager answers → its columns and types. What they mean is told in
    models/feedback/_aam_feedback__sources.yml. -#}
{% macro feedback_columns() -%}
    {%- set text, moment, number = api.Column.translate_type('string'), dbt.type_timestamp(), dbt.type_bigint() -%}
    {{ return({
        'aam_feedback_files': {
            'file_id': number,
            'source': text,
            'path': text,
            'file_name': text,
            'kind': text,
            'state': text,
            'destination_id': text,
            'delivery': text,
            'sync_mode': text,
            'named_at': moment,
            'part': text,
            'sender': text,
            'subject': text,
            'arrived_at': moment,
            'received_at': moment,
            'size': number,
            'content_bytes': number,
            'line_count': number,
            'md5': text,
            'sha256': text,
        },
        'aam_feedback_rows': {
            'file_id': number,
            'line_number': number,
            'line': text,
        },
    }) }}
{%- endmacro %}
