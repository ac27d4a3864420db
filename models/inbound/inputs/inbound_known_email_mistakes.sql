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
        {{ aam_inbound.folded('raw_value') }} as folded_value
    from tagged_values
    where {{ aam_inbound.regexp_contains('raw_value', '[^@ ]@[^@ ]') }}
),

-- What was hashed instead of the folded address.
misspelled as (
    select
        trimmed as spelling,
        'not_lowercased' as mistake
    from addresses
    where trimmed <> folded_value
    union all
    select
        {{ aam_inbound.upper_case('folded_value') }} as spelling,
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
    where as_stored <> trimmed and trimmed <> folded_value
    union all
    -- A line end that came along, as `echo` adds it.
    select
        folded_value || chr(10) as spelling,
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
