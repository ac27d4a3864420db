{#- What: every row of aam_id_syncs makes a file that AAM takes: two DPIDs or more (N10), each once and known to
    aam_data_sources, device IDs first in an adobe_id file (U6), customer IDs and then hashed e-mails in a c2c_id file
    (N10); and has a model in the var `aam_id_sync_models`. Data sources in the var `aam_cross_device_data_sources`
    exist (M5).
    Why: AAM removes a file whose name or first column is of another kind, and says nothing.
    How to mend: each failing row says the ID synchronisation, the rule and the problem; correct
    aam_id_syncs, or the vars. -#}
{%- set devices = "('" ~ aam_inbound.device_id_types() | join("', '") ~ "')" -%}

with id_syncs as (
    select * from {{ ref('input__aam_id_syncs') }}
),

id_sync_columns as (
    select * from {{ ref('id_sync_columns') }}
),

totals as (
    select
        id_sync,
        count(*) as dpid_count,
        count(distinct dpid) as distinct_dpids,
        max(case when column_number = 1 then id_type end) as first_type,
        max(case when column_number = 2 then id_type end) as second_type
    from id_sync_columns
    group by id_sync
),

problems as (
    select
        id_sync,
        'N10' as rule,
        'dpids is not two to {{ aam_inbound.aam_max_id_columns() }} numbers joined by underscores: '
        || coalesce(dpids, 'NULL') as problem
    from id_syncs
    where
        not coalesce(
            {{ aam_inbound.regexp_full_match(
                'dpids', '(0|[1-9][0-9]*)(_(0|[1-9][0-9]*)){1,' ~ (aam_inbound.aam_max_id_columns() - 1) ~ '}'
            ) }},
            false
        )
    union all
    select
        id_sync,
        'N10' as rule,
        'a DPID stands twice in ' || min(dpids) as problem
    from id_sync_columns
    group by id_sync, dpid
    having count(*) > 1
    union all
    select
        id_sync,
        'N10' as rule,
        'aam_data_sources has no DPID ' || dpid as problem
    from id_sync_columns
    where id_type is null
    union all
    select
        id_syncs.id_sync,
        'U6' as rule,
        'the first column of an adobe_id file holds device IDs, and this one is of id_type '
        || totals.first_type as problem
    from id_syncs
    inner join totals on id_syncs.id_sync = totals.id_sync
    where
        id_syncs.file_prefix = 'adobe_id'
        and totals.first_type not in {{ devices }}
    union all
    select
        id_syncs.id_sync,
        'N10' as rule,
        'a c2c_id file has two DPIDs: of customer IDs (dpuuid), then of hashed e-mails (hashed_email)' as problem
    from id_syncs
    inner join totals on id_syncs.id_sync = totals.id_sync
    where
        id_syncs.file_prefix = 'c2c_id'
        and (
            totals.dpid_count <> 2
            or coalesce(totals.first_type, '') <> 'dpuuid'
            or coalesce(totals.second_type, '') <> 'hashed_email'
        )
    union all
    select
        id_sync,
        'N10' as rule,
        'the var aam_id_sync_models has no model id_sync__' || id_sync || ', so that nothing of it is sent' as problem
    from id_syncs
    where 'id_sync__' || id_sync not in (
        ''
        {%- for model in var('aam_id_sync_models', []) %},
        '{{ model }}'
        {%- endfor %}
    )
    {%- for data_source in var('aam_cross_device_data_sources', []) %}
    union all
    select
        '(var aam_cross_device_data_sources)' as id_sync,
        'M5' as rule,
        {{ aam_inbound.text_literal('aam_data_sources has no data source ' ~ data_source) }} as problem
    where
        {{ aam_inbound.text_literal(data_source) }} not in (
            select data_source from {{ ref('input__aam_data_sources') }}
        )
    {%- endfor %}
)

select * from problems
