{#- What: no row lacks a value in any of these columns.
    Why: what is built on the model counts on it.
    How to mend: the failures name the columns; a NULL here is a fault of the model, or of a macro that replaces ours.
    Options: `columns`, all read in one query: dbt spends more time on a test than most of ours spend on rows. -#}
{% test no_nulls(model, columns) %}
with counted as (
    select
        {%- for column in columns %}
        sum(case when {{ column }} is null then 1 else 0 end) as nulls_{{ loop.index }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ model }}
)

{%- for column in columns %}
{{ 'union all' if not loop.first }}
select
    '{{ column }}' as column_name,
    nulls_{{ loop.index }} as failing_rows
from counted
where nulls_{{ loop.index }} > 0
{%- endfor %}
{% endtest %}
