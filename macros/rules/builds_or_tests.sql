{#- True while dbt runs nodes. `dbt compile`, `docs generate` and `show` render the hooks of a project, too, in any
    order and among the models; there, no hook may read or write the warehouse. -#}
{% macro builds_or_tests() %}
    {%- do return(execute and flags.WHICH in ('build', 'run', 'test', 'seed', 'snapshot')) -%}
{% endmacro %}
