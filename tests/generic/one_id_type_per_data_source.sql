{#- What: a DPID has IDs of one type only (N5), and a global data source those of its own type and nothing else (N6).
    Why: a file is read as one namespace: IDs of another type in it match nobody, or the wrong device.
    How to mend: give each ID type a data source, and a row of aam_data_sources, of its own.
    Options: the column is the DPID; `id_type_column`, or `data_source_column` (its id_type is looked up in
    aam_data_sources). -#}
{% test one_id_type_per_data_source(model, column_name, id_type_column=none, data_source_column=none) %}
{%- if (id_type_column is none) == (data_source_column is none) -%}
    {{ exceptions.raise_compiler_error(
        'one_id_type_per_data_source on ' ~ model ~ ': give either id_type_column or data_source_column'
    ) }}
{%- endif -%}
with pairs as (
    select
        {{ column_name }} as dpid,
        {{ id_type_column or data_source_column }} as type_or_source,
        count(*) as pair_rows
    from {{ model }}
    group by 1, 2
),

typed as (
    select
        pairs.dpid,
        {{ 'pairs.type_or_source' if id_type_column else 'data_sources.id_type' }} as id_type,
        sum(pairs.pair_rows) as typed_rows
    from pairs
    {%- if data_source_column %}
    left join {{ ref('input__aam_data_sources') }} as data_sources on pairs.type_or_source = data_sources.data_source
    {%- endif %}
    group by 1, 2
),

counted as (
    select
        *,
        count(*) over (partition by dpid) as types_of_dpid
    from typed
)

select
    case when types_of_dpid > 1 then 'several_id_types' else 'id_type_of_other_data_source' end as reason,
    case when types_of_dpid > 1 then 'N5' else 'N6' end as rule,
    dpid,
    id_type,
    typed_rows as failing_rows
from counted
where
    types_of_dpid > 1
    or id_type is null
    or (
        (
            dpid in ('{{ aam_inbound.global_data_sources().values() | join("', '") }}')
            or id_type in ('{{ aam_inbound.global_data_sources() | join("', '") }}')
        )
        and not (
            {%- for type, global_dpid in aam_inbound.global_data_sources().items() %}
            {{ 'or ' if not loop.first }}(id_type = '{{ type }}' and dpid = '{{ global_dpid }}')
            {%- endfor %}
        )
    )
{% endtest %}
