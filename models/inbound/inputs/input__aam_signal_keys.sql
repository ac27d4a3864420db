{#- The account's list aam_signal_keys. Where dbt says that it was not found, the project has no seed and no
    model of that name: `aam-export init` writes a seed with its columns. -#}
with signal_keys as (
    {{ aam_inbound.account_list('aam_signal_keys') }}
),

final as (
    select
        data_source,
        signal_key,
        value_type,
        accepts,
        cardinality,
        why,
        case when value_type = 'pattern' then {{ aam_inbound.accepts_text('accepts') }} else false end as accepts_text
    from signal_keys
)

select * from final
