{#- Refuses a project without the `dispatch` entry that lets this package's not_null replace dbt's. Without it the guard
    is lost in silence: `--store-failures` would keep names and addresses of failing rows (P1). -#}
{% macro check_dispatch() %}
    {%- if '(P1)' not in adapter.dispatch('test_not_null', 'dbt')('a_model', 'a_column') -%}
        {%- set advice -%}
dbt's not_null would store whole rows under --store-failures, personal data too (P1): the package's own is not found.
Write into dbt_project.yml, with aam_inbound before any other package that has a not_null:

dispatch:
  - macro_namespace: dbt
    search_order: [{{ project_name }}, aam_inbound, dbt]

A not_null in the macros of {{ project_name }} itself hides it as well: then aam_inbound comes first.
        {%- endset -%}
        {%- do exceptions.raise_compiler_error(advice) -%}
    {%- endif -%}
{% endmacro %}
