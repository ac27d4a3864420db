{#- Query: the rows of `relation` (one per user: the ledger's columns about users) as one row per line, with
    line_number, line_count and record (NULL where it follows from the rest, which is nearly everywhere). Only the first
    line tells about the user. A user of whom nothing can be said has one row, whose line_count is 0. -#}
{% macro outgoing_lines(relation) -%}
    with sized as (
        select
            *,
            {{ aam_inbound.byte_length('user_id') }} + 1
            + {{ aam_inbound.byte_length(aam_inbound.outgoing_signals(relation)) }} + 1 as line_bytes,
            case when {{ aam_inbound.outgoing_signals(relation) }} = '' then 0 else 1 end as line_count
        from {{ relation }}
    ),

    long_users as (
        select * from sized
        where line_bytes > {{ aam_inbound.aam_max_line_bytes() }}
    ),

    long_signals as (
        select
            data_source,
            user_id,
            {{ aam_inbound.split_signals(aam_inbound.outgoing_signals('long_users')) }} as signal
        from long_users
    ),

    cut as (
        {{ aam_inbound.cut_lines(
            'long_signals', aam_inbound.aam_max_line_bytes(), aam_inbound.aam_max_lines_per_user()
        ) }}
    ),

    cut_records as (
        select
            data_source,
            user_id,
            line_number,
            {{ aam_inbound.render_record('user_id', aam_inbound.joined_signals('signal')) }} as record
        from cut
        group by data_source, user_id, line_number
    ),

    counted_records as (
        select
            *,
            count(*) over (partition by data_source, user_id) as line_count
        from cut_records
    )

    select
        data_source,
        dpid,
        target_data_owner_dpid,
        sync_mode,
        user_id,
        cast(1 as {{ dbt.type_bigint() }}) as line_number,
        cast(line_count as {{ dbt.type_bigint() }}) as line_count,
        cast(null as {{ dbt.type_string() }}) as record,
        {{ aam_inbound.user_columns() | join(',\n        ') }}
    from sized
    where line_bytes <= {{ aam_inbound.aam_max_line_bytes() }}

    union all

    select
        long_users.data_source,
        long_users.dpid,
        long_users.target_data_owner_dpid,
        long_users.sync_mode,
        long_users.user_id,
        cast(counted_records.line_number as {{ dbt.type_bigint() }}) as line_number,
        cast(counted_records.line_count as {{ dbt.type_bigint() }}) as line_count,
        counted_records.record,
        {%- for column in aam_inbound.user_columns() %}
        case when counted_records.line_number = 1 then long_users.{{ column }} end
            as {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from long_users
    inner join counted_records
        on
            long_users.data_source = counted_records.data_source
            and long_users.user_id = counted_records.user_id
{%- endmacro %}
