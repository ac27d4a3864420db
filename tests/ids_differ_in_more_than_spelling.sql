{#- What: no two IDs of a data source are equal but for case, blanks around them, Unicode form or number form (leading
    zeros too). A warning: where IDs are random and case counts, such pairs are different people.
    Why: IDs are compared byte for byte (L7), so one person under two spellings is two users to AAM, and only one of
    them is the site's.
    How to mend: each failing row says data source, how many people have several spellings and how many IDs these
    are; inbound_id_twins has an example. Make the IDs one where they are made, as the site sends them. -#}
{{ config(severity='warn') }}

select
    data_source,
    'L7' as rule,
    people,
    ids
from {{ ref('inbound_id_twins') }}
