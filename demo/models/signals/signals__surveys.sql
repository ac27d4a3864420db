with

ids as (

    select * from {{ ref('int_customers__ids') }}

),

survey_answers as (

    select * from {{ ref('stg_completejourney__survey_answers') }}

),

answers as (

    select
        household_id,
        'age_band' as signal_key,
        age_band as signal_value
    from survey_answers
    union all
    select
        household_id,
        'income_band' as signal_key,
        case
            when income_band in ('Under 15K', '15-24K', '25-34K') then 'under 35K'
            when income_band in ('35-49K', '50-74K') then '35-74K'
            when income_band in ('75-99K', '100-124K') then '75-124K'
            when income_band in ('125-149K', '150-174K', '175-199K', '200-249K', '250K+') then '125K and more'
        end as signal_value
    from survey_answers
    union all
    select
        household_id,
        'home_ownership' as signal_key,
        case
            when home_ownership in ('Homeowner', 'Probable Homeowner') then 'owner'
            when home_ownership in ('Renter', 'Probable Renter') then 'renter'
        end as signal_value
    from survey_answers
    union all
    select
        household_id,
        'household_kids' as signal_key,
        case when kids_count = '0' then 'no' else 'yes' end as signal_value
    from survey_answers
    where kids_count is not null
    union all
    select
        household_id,
        'household_size' as signal_key,
        household_size as signal_value
    from survey_answers

),

final as (

    select
        ids.data_source,
        ids.user_id,
        answers.signal_key,
        answers.signal_value
    from answers
    inner join ids on answers.household_id = ids.household_id
    where
        answers.signal_value is not null
        and ids.data_source in ('crm', 'android', 'ios')

)

select * from final
