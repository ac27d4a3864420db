{#- On-run-end: where dbt could not load one of the account's lists, says what to write; what the loader itself says
    tells of types. -#}
{% macro report_unloaded_lists() %}
    {%- if aam_inbound.builds_or_tests() -%}
        {%- set lists = aam_inbound.account_columns() -%}
        {%- for result in results
            if result.status == 'error' and result.node.resource_type == 'seed' and result.node.name in lists -%}
            {%- set typed = result.node.config.column_types -%}
            {%- set untyped = [] -%}
            {%- for column, kind in lists[result.node.name].items() if kind == 'text' and column not in typed -%}
                {%- do untyped.append(column) -%}
            {%- endfor -%}
            {%- if untyped -%}
                {%- set name = result.node.name -%}
                {%- do log(
                    name ~ ' was not loaded, and dbt guesses the types of its columns:'
                    ~ ' 0_1234 is the number 1234 to it.',
                    info=true
                ) -%}
                {%- do log(aam_inbound.column_types_advice(name, untyped), info=true) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endif -%}
{% endmacro %}
