{#- What: every row of aam_data_sources names files as AAM reads them: DPIDs are digits (N2), device IDs go under the
    DPID of their global data source and no other IDs do (N6), which names the data source that owns the traits (N4);
    that one is the account's own (N4). Numbers of aam_traits are digits as well.
    Why: AAM removes a file whose name it can't read, and takes IDs of a wrong type for nobody's.
    How to mend: each failing row says the list, its key, the rule and the problem; correct the list. -#}
{%- set globals = aam_inbound.global_data_sources() -%}

with data_sources as (
    select * from {{ ref('input__aam_data_sources') }}
),

traits as (
    select * from {{ ref('input__aam_traits') }}
),

problems as (
    select
        'aam_data_sources' as list,
        data_source as list_key,
        'N2' as rule,
        'dpid is not digits: ' || coalesce(dpid, 'NULL') as problem
    from data_sources
    where not coalesce({{ aam_inbound.regexp_full_match('dpid', '[1-9][0-9]*') }}, false)
    union all
    select
        'aam_data_sources' as list,
        data_source as list_key,
        'N4' as rule,
        'target_data_owner_dpid is not digits: ' || target_data_owner_dpid as problem
    from data_sources
    where
        target_data_owner_dpid is not null
        and not {{ aam_inbound.regexp_full_match('target_data_owner_dpid', '[1-9][0-9]*') }}
    {%- for id_type, dpid in globals.items() %}
    union all
    select
        'aam_data_sources' as list,
        data_source as list_key,
        'N6' as rule,
        'IDs of id_type {{ id_type }} go under DPID {{ dpid }}, and DPID {{ dpid }} takes no others; this row says '
        || id_type || ' and ' || dpid as problem
    from data_sources
    where
        (id_type = '{{ id_type }}' and dpid <> '{{ dpid }}')
        or (id_type <> '{{ id_type }}' and dpid = '{{ dpid }}')
    {%- endfor %}
    union all
    select
        'aam_data_sources' as list,
        data_source as list_key,
        'N4' as rule,
        'DPID ' || dpid || ' is a global data source: target_data_owner_dpid must say whose traits are meant' as problem
    from data_sources
    where
        dpid in (
            {%- for global_dpid in globals.values() %}
            '{{ global_dpid }}'{{ ',' if not loop.last }}
            {%- endfor %}
        )
        and target_data_owner_dpid is null
    union all
    select
        'aam_data_sources' as list,
        data_source as list_key,
        'N4' as rule,
        'target_data_owner_dpid ' || target_data_owner_dpid || ' is a global data source, which owns no traits'
            as problem
    from data_sources
    where
        target_data_owner_dpid in (
            {%- for global_dpid in globals.values() %}
            '{{ global_dpid }}'{{ ',' if not loop.last }}
            {%- endfor %}
        )
    union all
    select
        'aam_traits' as list,
        trait_id as list_key,
        'L3' as rule,
        'trait_id is not digits' as problem
    from traits
    where not coalesce({{ aam_inbound.regexp_full_match('trait_id', '[0-9]+') }}, false)
    union all
    select
        'aam_traits' as list,
        trait_id as list_key,
        'M6' as rule,
        'ttl_days is not a whole number: ' || ttl_days as problem
    from traits
    where
        ttl_days is not null
        and not {{ aam_inbound.regexp_full_match('ttl_days', '[0-9]+') }}
)

select * from problems
