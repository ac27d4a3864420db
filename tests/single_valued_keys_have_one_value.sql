{#- What: no user has two values of a key that aam_signal_keys declares with cardinality `one` (L5).
    Why: a person has one year of birth and one tier; of two at least one is wrong or old, and AAM would hold both.
    How to mend: each failing row says data source, key, how many users have several values and the most that one
    has. Keep the newest value in the signals model; or name, in the var `aam_newest_by`, the column of the signals
    models by which it is kept; or leave `cardinality` empty where several are right. -#}
with signals as (
    select * from {{ ref('inbound_signals') }}
),

signal_keys as (
    select * from {{ ref('input__aam_signal_keys') }}
    where cardinality = 'one'
),

counted as (
    select
        signals.data_source,
        signals.signal_key,
        signals.user_id,
        count(*) as held_values
    from signals
    inner join signal_keys
        on
            signals.data_source = signal_keys.data_source
            and signals.signal_key = signal_keys.signal_key
    group by signals.data_source, signals.signal_key, signals.user_id
    having count(*) > 1
)

select
    data_source,
    signal_key,
    'L5' as rule,
    count(*) as users_over,
    max(held_values) as most_values
from counted
group by data_source, signal_key
