{#- What: a key whose pattern accepts text of words has a reason in the column `why` of aam_signal_keys (P1). A warning.
    Why: free text is where names, addresses and numbers hide that no detector can find.
    How to mend: each failing row says data source and key. Narrow `accepts` to the codes that are meant, declare an
    `enum`, or write down why text is needed. -#}
{{ config(severity='warn') }}

select
    data_source,
    signal_key,
    'P1' as rule
from {{ ref('input__aam_signal_keys') }}
where
    accepts_text
    and why is null
