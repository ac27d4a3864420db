{#- What: no line of an .overwrite file removes a trait: no `d_unsid=…`, no `<trait ID>:0`, no `<trait ID>:-1` (L2).
    Why: AAM ignores removals there; what is absent from the line is removed anyway.
    How to mend: leave the trait out of the user's line, or send the removal in a .sync file.
    Options: the column is the whole line; `sync_mode_column` (sync_mode). -#}
{% test no_removal_in_overwrite(model, column_name, sync_mode_column='sync_mode') %}
with tested as (
    select {{ column_name }} as tested_value
    from {{ model }}
    where {{ sync_mode_column }} = 'overwrite'
)

select
    'removal_in_overwrite' as reason,
    'L2' as rule,
    {{ aam_inbound.sha256_hex('tested_value') }} as value_sha256,
    count(*) as failing_rows
from tested
-- Signals before it are passed over whole, so that a quoted value may hold anything.
where {{ aam_inbound.regexp_contains('tested_value', '^[^\t]*\t(([^",]|"[^"]*")*,)*(d_unsid=|[0-9]+:(0|-1)(,|$))') }}
group by 3
{% endtest %}
