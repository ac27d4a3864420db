{#- What: every row of a global data source (device IDs, N6) names a target data owner (N4).
    Why: the file's name needs it: without, AAM does not know whose traits the devices should qualify for.
    How to mend: fill target_data_owner_dpid in aam_data_sources with the DPID of your own data source that owns the
    traits.
    Options: the column is the DPID; `target_column` (target_data_owner_dpid). -#}
{% test target_data_owner_present(model, column_name, target_column='target_data_owner_dpid') %}
select
    'target_data_owner_missing' as reason,
    'N4' as rule,
    {{ column_name }} as dpid,
    count(*) as failing_rows
from {{ model }}
where
    {{ column_name }} in ('{{ aam_inbound.global_data_sources().values() | join("', '") }}')
    and coalesce({{ target_column }}, '') = ''
group by 3
{% endtest %}
