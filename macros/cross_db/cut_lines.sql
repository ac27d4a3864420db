{#- Query: the rows of `relation` (data_source, user_id, signal; no duplicates) with the number of the line that each
    signal goes on.

    Signals fill the lines in the order of their bytes, each line as full as `max_bytes` allows (S4: ID, tab, signals
    with commas, newline), so no other cut in that order needs fewer lines. `line_number` counts from 1 and is NULL for
    a signal too long for any line. It stops after `max_lines` + 1 lines, so the last number of a user over the limit
    stands for the rest. -#}
{% macro cut_lines(relation, max_bytes, max_lines) -%}
    {{ return(adapter.dispatch('cut_lines', 'aam_inbound')(relation, max_bytes, max_lines)) }}
{%- endmacro %}

{#- The recursion takes one step a line, not one a signal: a line ends before the signal whose bytes cross its edge, and
    the running sum of bytes finds that signal. -#}
{% macro default__cut_lines(relation, max_bytes, max_lines) -%}
    with recursive sized as (
        select
            data_source,
            user_id,
            signal,
            -- Each signal is counted with the comma or the newline after it.
            {{ aam_inbound.byte_length('signal') }} + 1 as signal_bytes,
            {{ max_bytes }} - {{ aam_inbound.byte_length('user_id') }} - 1 as line_bytes
        from {{ relation }}
    ),

    placed as (
        select
            *,
            row_number() over (
                partition by data_source, user_id
                order by {{ aam_inbound.byte_order('signal') }}
            ) as place,
            sum(signal_bytes) over (
                partition by data_source, user_id
                order by {{ aam_inbound.byte_order('signal') }}
                rows between unbounded preceding and current row
            ) as bytes_to_here
        from sized
        where signal_bytes <= line_bytes
    ),

    line_starts as (
        select
            data_source,
            user_id,
            place,
            1 as line_number,
            cast(line_bytes as {{ dbt.type_bigint() }}) as edge
        from placed
        where place = 1

        union all

        select
            placed.data_source,
            placed.user_id,
            placed.place,
            line_starts.line_number + 1 as line_number,
            cast(placed.bytes_to_here - placed.signal_bytes + placed.line_bytes as {{ dbt.type_bigint() }}) as edge
        from line_starts
        inner join placed
            on
                line_starts.data_source = placed.data_source
                and line_starts.user_id = placed.user_id
                and line_starts.edge < placed.bytes_to_here
                and line_starts.edge >= placed.bytes_to_here - placed.signal_bytes
        where line_starts.line_number <= {{ max_lines }}
    )

    select
        placed.data_source,
        placed.user_id,
        placed.signal,
        cast(
            count(line_starts.place) over (
                partition by placed.data_source, placed.user_id
                order by placed.place
            ) as integer
        ) as line_number
    from placed
    left join line_starts
        on
            placed.data_source = line_starts.data_source
            and placed.user_id = line_starts.user_id
            and placed.place = line_starts.place

    union all

    select
        data_source,
        user_id,
        signal,
        cast(null as integer) as line_number
    from sized
    where signal_bytes > line_bytes
{%- endmacro %}

{#- Spark 3 has no recursion, and Spark 4 none that joins what it began with: here a user's sorted signals are gone
    through, and the places at which lines start are remembered. -#}
{% macro spark__cut_lines(relation, max_bytes, max_lines) -%}
    with sized as (
        select
            data_source,
            user_id,
            signal,
            -- Each signal is counted with the comma or the newline after it.
            octet_length(signal) + 1 as signal_bytes,
            {{ max_bytes }} - octet_length(user_id) - 1 as line_bytes
        from {{ relation }}
    ),

    gathered as (
        select
            data_source,
            user_id,
            sort_array(collect_list(signal)) as signals,
            max(line_bytes) as line_bytes
        from sized
        where signal_bytes <= line_bytes
        group by data_source, user_id
    ),

    cut as (
        select
            data_source,
            user_id,
            signals,
            aggregate(
                signals,
                named_struct('place', 0, 'room', 0, 'starts', cast(array() as array<int>)),
                (so_far, signal) -> case
                    when octet_length(signal) + 1 <= so_far.room or size(so_far.starts) > {{ max_lines }}
                        then named_struct(
                            'place', so_far.place + 1,
                            'room', so_far.room - octet_length(signal) - 1,
                            'starts', so_far.starts
                        )
                    else named_struct(
                        'place', so_far.place + 1,
                        'room', line_bytes - octet_length(signal) - 1,
                        'starts', concat(so_far.starts, array(so_far.place))
                    )
                end
            ).starts as starts
        from gathered
    ),

    placed as (
        select
            data_source,
            user_id,
            starts,
            posexplode(signals) as (place, signal)
        from cut
    )

    select
        data_source,
        user_id,
        signal,
        size(filter(starts, line_start -> line_start <= place)) as line_number
    from placed

    union all

    select
        data_source,
        user_id,
        signal,
        cast(null as integer) as line_number
    from sized
    where signal_bytes > line_bytes
{%- endmacro %}
