{#- What: a user has at most 200 lines in a file (S5), and one in an .overwrite file (S8).
    Why: AAM keeps the first 200 lines and drops the rest; whether two .overwrite lines of one user add up is not
    documented.
    How to mend: send fewer signals for the user, or `sync` instead of `overwrite`.
    Options: the column is the user ID (or an expression that takes it from a line); `file_columns` (columns that tell
    files apart, such as [dpid, target_data_owner_dpid]); `sync_mode_column` (none: every file is a .sync); `max_lines`
    (200). -#}
{% test lines_per_user(model, column_name, file_columns=[], sync_mode_column=none, max_lines=none) %}
{%- set limit = max_lines or aam_inbound.aam_max_lines_per_user() -%}
with users as (
    select
        {%- for column in file_columns %}
        {{ column }},
        {%- endfor %}
        {{ column_name }} as user_id,
        {{ sync_mode_column or "'sync'" }} as sync_mode,
        count(*) as user_lines
    from {{ model }}
    group by
        {%- for column in file_columns %}
        {{ loop.index }},
        {%- endfor %}
        {{ file_columns | length + 1 }},
        {{ file_columns | length + 2 }}
)

select
    case when sync_mode = 'overwrite' then 'user_over_one_line' else 'user_over_lines' end as reason,
    case when sync_mode = 'overwrite' then 'S8' else 'S5' end as rule,
    {{ aam_inbound.sha256_hex('user_id') }} as value_sha256,
    user_lines
from users
where user_lines > case when sync_mode = 'overwrite' then 1 else {{ limit }} end
{% endtest %}
