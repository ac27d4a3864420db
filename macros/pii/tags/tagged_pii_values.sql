{#- Every value of every tagged column: `column_number` (the place in `tagged`, a list by tagged_pii_columns),
    `raw_value` (text) and, where they are `counted`, `holders`, the rows that have it. One row per column and value,
    or, where they are not counted, per row that has it: column by column, so that the largest column sets what memory
    is needed. No rows where nothing is tagged, or while dbt parses. -#}
{% macro tagged_pii_values(tagged, counted=true) %}
    {% do aam_inbound.check_tagged_pii_order(tagged) if tagged %}
    {%- for item in tagged %}
        {%- set is_ephemeral = item.node.config.materialized == 'ephemeral' %}
        {%- set relation = ref(item.node.package_name, item.node.name) if is_ephemeral else item.node.relation_name %}
        {%- set column = aam_inbound.tagged_pii_expression(item, relation) %}
    select
        {{ loop.index }} as column_number,
        {{ aam_inbound.text_by_bytes(column) }} as raw_value
        {%- if counted %},
        count(*) as holders
        {%- endif %}
    from {{ relation }}
    where {{ column }} is not null
        {%- if counted %}
    group by {{ aam_inbound.text_by_bytes(column) }}
        {%- endif %}
        {%- if not loop.last %}
    union all
        {%- endif %}
    {%- else %}
    select
        cast(null as {{ dbt.type_int() }}) as column_number,
        cast(null as {{ dbt.type_string() }}) as raw_value
        {%- if counted %},
        cast(null as {{ dbt.type_bigint() }}) as holders
        {%- endif %}
    where 1 = 0
    {%- endfor %}
{% endmacro %}
