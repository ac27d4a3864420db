{#- Query: what a build counted, a row a number (columns data_source, measure, item, counted; see aam_batch_counts).
    `models` gives the relations of counted_models by name. -#}
{% macro build_counts(models) -%}
    {#- Traits and codes, and values that realise a trait; a free value is no population that anybody asks for. -#}
    select
        held.data_source,
        'population' as measure,
        held.item,
        sum(held.counted) as counted
    from (
        select
            signals.data_source,
            coalesce(realised_traits.effect, signals.signal) as item,
            signals.counted
        from (
            select data_source, signal_key, signal, count(*) as counted
            from {{ models['inbound_signals'] }}
            group by data_source, signal_key, signal
        ) as signals
        left join {{ models['inbound_realised_traits'] }} as realised_traits
            on
                signals.data_source = realised_traits.data_source
                and {{ aam_inbound.lower_case('signals.signal') }} = realised_traits.lower_signal
        where signals.signal_key in ('d_sid', 'ic') or realised_traits.effect is not null
    ) as held
    group by held.data_source, held.item
    {%- for measure in ['added', 'removed', 'refreshed'] %}
    union all
    select data_source, '{{ measure }}', signal, users_{{ measure }}
    from {{ models['inbound_change_summary'] }}
    where users_{{ measure }} > 0
    {%- endfor %}
    {%- for measure in ['desired', 'new', 'changed', 'removed', 'refreshed', 'deferred', 'unclearable'] %}
    union all
    select data_source, 'users_{{ measure }}', '', users_{{ measure }}
    from {{ models['inbound_change_totals'] }}
    where users_{{ measure }} > 0
    {%- endfor %}

    {#- What Audience Manager is to be expected not to match (M5), to compare its receipts with. #}
    {%- for measure, column in {'lines': 'records', 'lines_unknown': 'records_unknown'}.items() %}
    union all
    select data_source, '{{ measure }}', '', {{ column }}
    from {{ models['id_sync_coverage'] }}
    where {{ column }} > 0
    {%- endfor %}

    {#- A data source that the account does not list is a text from somebody's row. #}
    union all
    select coalesce(data_sources.data_source, ''), 'kept_out', rejects.reason, count(*)
    from {{ models['inbound_rejects'] }} as rejects
    left join {{ models['input__aam_data_sources'] }} as data_sources
        on rejects.data_source = data_sources.data_source
    group by coalesce(data_sources.data_source, ''), rejects.reason
{%- endmacro %}
