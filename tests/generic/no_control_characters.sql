{#- What: no control character (Unicode Cc) and no line or paragraph separator (L4, L5, U5). NULL passes.
    Why: a tab or newline ends the ID or the line where it stands; other control characters make IDs unequal that look
    alike.
    How to mend: find out where the character comes from (often a file read with the wrong line ends) and clean it
    there.
    Option: `allow_tabs` (false): for whole lines, where a tab follows the ID. -#}
{% test no_control_characters(model, column_name, allow_tabs=false) %}
with tested as (
    select {{ column_name }} as tested_value from {{ model }}
),

checked as (
    select
        tested_value,
        {{ "replace(tested_value, chr(9), ' ')" if allow_tabs else 'tested_value' }} as checked_value
    from tested
)

select
    'control_character' as reason,
    'L4' as rule,
    {{ aam_inbound.sha256_hex('tested_value') }} as value_sha256,
    count(*) as failing_rows
from checked
where
    {{ aam_inbound.has_control_character('checked_value') }}
    or {{ aam_inbound.has_character('checked_value', 'separator') }}
group by 3
{% endtest %}
