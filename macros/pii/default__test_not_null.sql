{#- dbt's not_null, which stores whole rows under --store-failures: here only the column, so that no name or address of the row
    is copied. -#}
{% macro default__test_not_null(model, column_name) %}
select {{ column_name }}
from {{ model }}
where {{ column_name }} is null
{% endmacro %}
