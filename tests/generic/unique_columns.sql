{#- What: no two rows have the same values in all of these columns.
    Why: they are the model's key.
    How to mend: the failures have the values that came more than once.
    Options: `columns`. dbt's `unique` takes one, and texts that are joined to be one are longer to compare, and may be
    the same where their parts differ. -#}
{% test unique_columns(model, columns) %}
select
    {%- for column in columns %}
    {{ column }},
    {%- endfor %}
    count(*) as failing_rows
from {{ model }}
group by
    {%- for column in columns %}
    {{ column }}{{ ',' if not loop.last }}
    {%- endfor %}
having count(*) > 1
{% endtest %}
