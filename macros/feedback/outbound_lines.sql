{#- Query: the rows of a destination's files, from the CTE `lines` (file_id, line_number, destination_id, sync_mode,
    line), taken apart by its row template; `reason` says why one is refused (macro outbound_reject_reasons).
    Headers and blank lines are none (O14). -#}
{% macro outbound_lines(destination) -%}
    {%- set template = aam_inbound.row_template(
        destination.destination_id, destination.row_template, destination.id_type, destination.blanks
    ) -%}
    {%- set wanted = ['user_id', 'segments', 'removed_segments', 'traits', 'dpuuids'] %}
    select
        file_id,
        line_number,
        destination_id,
        {%- for name in wanted %}
        case when fits then {{ name }} end as {{ name }},
        {%- endfor %}
        case
            when not fits then 'row_does_not_fit'
            {%- if aam_inbound.id_pattern(destination.id_type) %}
            when not {{ aam_inbound.regexp_full_match('user_id', aam_inbound.id_pattern(destination.id_type)) }}
                then 'user_id_format'
            {%- else %}
            when {{ aam_inbound.has_blank_at_edge('user_id') }} then 'user_id_format'
            {%- endif %}
            {%- if 'segments' in template.columns and 'removed_segments' in template.columns %}
            when
                sync_mode = 'iter' and segments <> '' and removed_segments <> ''
                and {{ aam_inbound.lists_overlap('segments', 'removed_segments') }}
                then 'segment_in_both_lists'
            {%- endif %}
        end as reason
    from (
        select
            file_id,
            line_number,
            destination_id,
            sync_mode,
            {%- for name in wanted %}
            {{ aam_inbound.outbound_column(template, name) }} as {{ name }},
            {%- endfor %}
            {{ aam_inbound.regexp_contains('line', template.pattern) }} as fits
        from lines
        where
            destination_id = {{ aam_inbound.text_literal(destination.destination_id) }}
            and line_number > {{ destination.header_lines or 0 }}
            and line <> ''
    ) as taken_apart
{%- endmacro %}
