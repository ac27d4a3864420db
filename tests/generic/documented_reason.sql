{#- What: a reason to reject is one of inbound_reject_reasons(), and the rule beside it is the one that it cites. A row
    without reason has no rule.
    Why: docs/rejects.md explains each reason; one that is not there leaves people without help.
    How to mend: list the reason in the macro inbound_reject_reasons, and describe it in docs/rejects.md.
    Option: `rule_column` (rule). -#}
{% test documented_reason(model, column_name, rule_column='rule') %}
select
    {{ column_name }} as reason,
    {{ rule_column }} as rule,
    count(*) as failing_rows
from {{ model }}
where
    ({{ column_name }} is null and {{ rule_column }} is not null)
    or (
        {{ column_name }} is not null
        and coalesce({{ rule_column }}, '') <> coalesce({{ aam_inbound.reason_rule(column_name) }}, 'none')
    )
group by 1, 2
{% endtest %}
