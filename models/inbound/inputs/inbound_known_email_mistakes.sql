{{ config(materialized='view') }}
{{ aam_inbound.tagged_pii_dependencies() }}
{%- set tagged = aam_inbound.tagged_pii_columns() %}

-- A value is not looked for twice, nor anything gathered below: so that whoever joins this to no hashes waits for
-- nothing.
with tagged_values as (
    {{- aam_inbound.tagged_pii_values(tagged, counted=false) }}
),

addresses as (
    select
        raw_value as as_stored,
        {{ aam_inbound.trim_blanks('raw_value') }} as trimmed,
        {{ aam_inbound.comparable_text('raw_value') }} as comparable_value
    from tagged_values
    where {{ aam_inbound.regexp_contains('raw_value', '[^@ ]@[^@ ]') }}
),

recipes as (
    select
        'trimmed' as recipe,
        'not_lowercased' as mistake
    union all
    select
        'in_capitals' as recipe,
        'not_lowercased' as mistake
    union all
    select
        'as_stored' as recipe,
        'not_trimmed' as mistake
    union all
    select
        'as_stored_in_lower_case' as recipe,
        'not_trimmed' as mistake
    union all
    -- A line end that came along, as `echo` adds it.
    select
        'with_line_end' as recipe,
        'not_trimmed' as mistake
),

-- What was hashed instead of the address as it is compared.
misspelled as (
    select
        recipes.mistake,
        case recipes.recipe
            when 'trimmed' then addresses.trimmed
            when 'in_capitals' then {{ aam_inbound.upper_case('addresses.comparable_value') }}
            when 'as_stored' then addresses.as_stored
            when 'as_stored_in_lower_case' then {{ aam_inbound.lower_case('addresses.as_stored') }}
            when 'with_line_end' then addresses.comparable_value || chr(10)
        end as spelling,
        addresses.comparable_value
    from addresses
    cross join recipes
    where
        recipes.recipe <> 'as_stored'
        or addresses.as_stored <> addresses.trimmed
),

final as (
    select
        {{ aam_inbound.sha256_hex('spelling') }} as hash, -- noqa: RF04
        mistake
    from misspelled
    where spelling <> comparable_value
)

select * from final
