{{ config(materialized='view') }}
{{ aam_inbound.tagged_pii_dependencies() }}
{%- set tagged = aam_inbound.tagged_pii_columns() %}

with tagged_values as (
    {{- aam_inbound.tagged_pii_values(tagged) }}
),

addresses as (
    select
        raw_value as as_stored,
        {{ aam_inbound.trim_blanks('raw_value') }} as trimmed,
        {{ aam_inbound.comparable_text('raw_value') }} as comparable_value
    from tagged_values
    where {{ aam_inbound.regexp_contains('raw_value', '[^@ ]@[^@ ]') }}
),

-- What was hashed instead of the address as it is compared.
misspelled as (
    select
        trimmed as spelling,
        'not_lowercased' as mistake
    from addresses
    where trimmed <> comparable_value
    union all
    select
        {{ aam_inbound.upper_case('comparable_value') }} as spelling,
        'not_lowercased' as mistake
    from addresses
    union all
    select
        {{ aam_inbound.lower_case('as_stored') }} as spelling,
        'not_trimmed' as mistake
    from addresses
    where as_stored <> trimmed
    union all
    select
        as_stored as spelling,
        'not_trimmed' as mistake
    from addresses
    where as_stored <> trimmed and trimmed <> comparable_value
    union all
    -- A line end that came along, as `echo` adds it.
    select
        comparable_value || chr(10) as spelling,
        'not_trimmed' as mistake
    from addresses
),

final as (
    select
        {{ aam_inbound.sha256_hex('spelling') }} as hash, -- noqa: RF04
        min(mistake) as mistake
    from misspelled
    group by spelling
)

select * from final
