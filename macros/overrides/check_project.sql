{#- On-run-start: refuses a project without the `dispatch` entry that lets this package's not_null replace dbt's. Without it the guard is
    lost in silence: `--store-failures` would keep names and addresses of failing rows (P1). -#}
{% macro check_project() %}
    {%- if execute and project_name != 'aam_inbound' -%}
        {%- if '(P1)' not in adapter.dispatch('test_not_null', 'dbt')('a_model', 'a_column') -%}
            {{ exceptions.raise_compiler_error(
                "dbt's not_null would store whole rows under --store-failures, personal data too (P1): the package's own is not found.\n"
                ~ 'Write into dbt_project.yml:\n\ndispatch:\n  - macro_namespace: dbt\n    search_order: ['
                ~ project_name ~ ', aam_inbound, dbt]\n'
            ) }}
        {%- endif -%}
    {%- endif -%}
{% endmacro %}
