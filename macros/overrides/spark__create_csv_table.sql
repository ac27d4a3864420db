{#- dbt-spark's, with columns of `varchar` or `text` as Spark's `string`: so a seed's column_types are the same on every
    warehouse. -#}
{% macro spark__create_csv_table(model, agate_table) %}
    {%- set sql -%}
        create table {{ this.render() }} (
            {%- for name, type in aam_inbound.seed_columns(model, agate_table).items() %}
            {{ adapter.quote_seed_column(name, model.config.get('quote_columns')) }} {{ type }}
            {{- ',' if not loop.last }}
            {%- endfor %}
        )
        {{ file_format_clause() }}
        {{ tblproperties_clause() }}
        {{ partition_cols(label='partitioned by') }}
        {{ location_clause() }}
        {{ comment_clause() }}
    {%- endset -%}
    {%- call statement('_') -%} {{ sql }} {%- endcall -%}
    {{ return(sql) }}
{% endmacro %}
