{#- dbt's not_null, which stores whole rows under --store-failures: here only the column, so that no name or address of
    the row is copied. A project takes it in by its `dispatch`; check_dispatch looks for the comment. -#}
{% macro default__test_not_null(model, column_name) %}
-- of a failing row no other column is stored (P1)
select {{ column_name }}
from {{ model }}
where {{ column_name }} is null
{% endmacro %}
