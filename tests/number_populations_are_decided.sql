{#- What: of no ambiguous shape (16 digits, say, which honest IDs share with card numbers) do more of a data source's
    IDs, or of a key's values, pass the check of a kind of personal data (P1) than chance allows, unless a person has
    decided.
    Why: 33 of 112 numbers that begin as card numbers pass as such, where chance gives 11: most probably people's cards
    are among them, and nobody can tell which. Those that pass are kept out; so are honest ones.
    How to mend: each failing row says data source, key (none for IDs), shape, kind and the figures. Look where the
    IDs come from. Then write into the model of the var `aam_shape_decisions_model` a row with data_source,
    signal_key, shape, kind, decision (`honest`: they are sent; `keep_out`: they stay out), declared_by and why. -#}
with populations as (
    select * from {{ ref('inbound_number_populations') }}
)

select
    data_source,
    signal_key,
    shape,
    kind,
    passing_ids,
    ids,
    chance_ids,
    'P1' as rule
from populations
where
    kept_out_ids > 0
    and coalesce(decision, '') <> 'keep_out'
order by data_source, signal_key, shape, kind
