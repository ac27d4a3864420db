{#- What: of a data source's IDs, no more percent than the var `aam_max_case_near_miss_pct` allows (0.1 by default)
    equal an ID of the site only after folding case, and no more than `aam_max_near_miss_pct` (1 by default) only after
    trimming, after URL-decoding, without leading zeros, with numbers as plain digits, or with letters composed (NFC).
    Why: IDs are compared byte for byte (L7), so such a user is nobody to AAM; and many of them are a bug, not missing
    visitors.
    How to mend: id_match_audit has examples of both spellings. Make the offline ID equal to the site's where it is
    made. -#}
with audit as (
    select * from {{ ref('id_match_audit') }}
),

near_misses as (
    {%- for match_class, max_pct in {
        'case_only': var('aam_max_case_near_miss_pct', 0.1),
        'trim_only': var('aam_max_near_miss_pct', 1),
        'url_decoded_only': var('aam_max_near_miss_pct', 1),
        'leading_zeros_only': var('aam_max_near_miss_pct', 1),
        'number_form_only': var('aam_max_near_miss_pct', 1),
        'unicode_form_only': var('aam_max_near_miss_pct', 1),
    }.items() %}
    select
        data_source,
        '{{ match_class }}' as match_class,
        {{ match_class }}_ids as near_misses,
        offline_ids,
        100.0 * {{ match_class }}_ids / offline_ids as near_miss_pct,
        {{ max_pct }} as max_pct
    from audit
    where offline_ids > 0
        {%- if not loop.last %}
    union all
        {%- endif %}
    {%- endfor %}
)

select * from near_misses
where near_miss_pct > max_pct
