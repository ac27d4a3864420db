{{ config(materialized='table') }}
{{ aam_inbound.tagged_pii_dependencies() }}
{%- set tagged = aam_inbound.tagged_pii_columns() %}

with tagged_columns as (
    {%- for item in tagged %}
    select
        {{ loop.index }} as column_number,
        {{ aam_inbound.text_literal(item.origin) }} as origin,
        {{ aam_inbound.text_literal(item.pii_kind) }} as pii_kind,
        {# The column's word for or against every one of its values; NULL leaves it to the rule. -#}
        cast({{ 'null' if item.pii_overlap is none else item.pii_overlap }} as boolean) as pii_overlap
        {%- if not loop.last %}
    union all
        {%- endif %}
    {%- else %}
    select
        cast(null as {{ dbt.type_int() }}) as column_number,
        cast(null as {{ dbt.type_string() }}) as origin,
        cast(null as {{ dbt.type_string() }}) as pii_kind,
        cast(null as boolean) as pii_overlap
    where 1 = 0
    {%- endfor %}
),

tagged_values as (
    {{- aam_inbound.tagged_pii_values(tagged) }}
),

-- A midnight is how a timestamp column writes a date. Computed once, for a planner would do it at each use and again
-- where what came of it is asked for NULL.
comparable as {% call aam_inbound.computed_once() %}
    select
        column_number,
        holders,
        case
            when raw_value like '____-__-___00:00:00%' then substring(raw_value, 1, 10)
            else {{ aam_inbound.comparable_text('raw_value') }}
        end as comparable_value
    from tagged_values
{% endcall %},

column_totals as (
    select
        column_number,
        sum(holders) as holders,
        count(*) as distinct_values
    from comparable
    where comparable_value is not null
    group by column_number
),

described as (
    select
        comparable.column_number,
        comparable.comparable_value,
        tagged_columns.pii_overlap,
        coalesce(
            tagged_columns.pii_kind = 'email'
            or {{ aam_inbound.regexp_full_match('comparable.comparable_value', '[^@ ]+@[^@ ]+') }},
            false
        ) as is_email,
        -- Held by so many that it tells nobody, such as a default.
        comparable.holders > 10 and comparable.holders > 0.001 * column_totals.holders as is_common,
        -- A value is shared by a family, on average, and not by a town.
        column_totals.distinct_values * 4 >= column_totals.holders as column_names_people,
        column_totals.distinct_values >= 10 as column_has_many_values
    from comparable
    inner join tagged_columns on comparable.column_number = tagged_columns.column_number
    inner join column_totals on comparable.column_number = column_totals.column_number
    where comparable.comparable_value is not null
),

telling as (
    select
        column_number,
        comparable_value,
        is_email
    from described
    where
        case
            when pii_overlap is not null then pii_overlap
            when is_email then true
            when is_common then false
            when {{ aam_inbound.regexp_contains('comparable_value', '([0-9][^0-9]*){7}') }} then true
            when {{ aam_inbound.byte_length('comparable_value') }} < 5 then false
            when not {{ aam_inbound.regexp_contains('comparable_value', '[^-0-9 .,:/+]') }} then false
            when {{ aam_inbound.regexp_contains('comparable_value', ' ') }} then column_names_people
            else column_names_people and column_has_many_values
        end
),

distinct_values as (
    select
        comparable_value,
        max(case when is_email then 1 else 0 end) as is_email,
        min(column_number) as column_number
    from telling
    group by comparable_value
),

final as (
    select
        {{ aam_inbound.sha256_hex('distinct_values.comparable_value') }} as value_sha256,
        case when distinct_values.is_email = 1 then 'email' else 'other' end as kind,
        tagged_columns.origin
    from distinct_values
    inner join tagged_columns on distinct_values.column_number = tagged_columns.column_number
)

select * from final
