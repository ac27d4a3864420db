{#- The account's list aam_traits. Where dbt says that it was not found, the project has no seed and no model of that
    name: `aam-export init` writes a seed with its columns. -#}
with traits as (
    {{ aam_inbound.account_list('aam_traits') }}
),

-- The API and the product spell the types differently (A7).
final as (
    select
        trait_id,
        dpid,
        trait_name,
        case upper(trait_type)
            when 'ON_BOARDED_TRAIT' then 'onboarded'
            when 'RULE_BASED_TRAIT' then 'rule_based'
            when 'ALGO_TRAIT' then 'algorithmic'
            else trait_type
        end as trait_type,
        ttl_days,
        signal_key,
        signal_value
    from traits
)

select * from final
