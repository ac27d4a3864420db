{#- Statement: writes into the rows of a ledger of version 1 what Audience Manager holds of each user after them.

    That version sent every user's whole state in every batch. -#}
{% macro fill_profiles_of_version_1() -%}
    {%- set records = ledger_table('aam_batch_records') -%}
    {%- set signals = "substr(lines.record, position(chr(9) in lines.record) + 1)" -%}
    update {{ records }} as first_lines
    set
        change = 'refresh',
        profile = (
            select {{ joined_signals(signals) }}
            from {{ records }} as lines
            where
                lines.batch_id = first_lines.batch_id
                and lines.data_source = first_lines.data_source
                and lines.user_id = first_lines.user_id
        ),
        refreshed_on = (
            select cast(min(batches.drop_date) as date)
            from {{ ledger_table('aam_batches') }} as batches
            where batches.batch_id = first_lines.batch_id
        )
    where first_lines.line_number = 1
{%- endmacro %}
