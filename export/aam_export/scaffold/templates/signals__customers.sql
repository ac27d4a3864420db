{#- One row per signal that is true of a user now. What is new is told to Audience Manager, and what is gone is taken away:
    nobody writes removals.

    data_source   a key of the list aam_data_sources
    user_id       the ID exactly as the site sends it: no trim, no change of case, no cast (L7)
    signal_key    d_sid for a trait's ID, ic for a code, or a key of the list aam_signal_keys
    signal_value  the trait's ID, the code, or the key's value

    All four are text. This model has no rows yet: write your own query in its place, such as

    select
        'crm' as data_source,
        customer_id as user_id,
        'loyalty_tier' as signal_key,
        loyalty_tier as signal_value
    from customers
    where loyalty_tier is not null
-#}
select
    cast(null as {{ dbt.type_string() }}) as data_source,
    cast(null as {{ dbt.type_string() }}) as user_id,
    cast(null as {{ dbt.type_string() }}) as signal_key,
    cast(null as {{ dbt.type_string() }}) as signal_value
where 1 = 0
