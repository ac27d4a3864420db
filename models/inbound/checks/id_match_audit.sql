{%- set foldings = aam_inbound.match_foldings('user_id').keys() | list -%}

with data_sources as (
    select * from {{ ref('input__aam_data_sources') }}
),

-- IDs before any of them is rejected for its form: a blank too many, say, is what this model is to show.
offline_ids as (
    select
        data_source,
        user_id,
        ambiguous_kind
    from {{ ref('inbound_checked_ids') }}
    where
        not is_personal
        and user_id <> ''
),

site_ids as (
    select * from {{ ref('input__aam_site_ids_model') }}
),

known_pii as (
    select * from {{ ref('inbound_known_pii') }}
),

exact as (
    select
        offline_ids.data_source,
        count(*) as ids,
        count(site_ids.user_id) as exact_ids
    from offline_ids
    left join site_ids
        on
            offline_ids.data_source = site_ids.data_source
            and offline_ids.user_id = site_ids.user_id
    group by offline_ids.data_source
),

unmatched as (
    select
        offline_ids.data_source,
        offline_ids.user_id,
        offline_ids.ambiguous_kind
        {%- for folding, folded_id in aam_inbound.match_foldings('offline_ids.user_id').items() %},
        {{ folded_id }} as {{ folding }}_key
        {%- endfor %}
    from offline_ids
    left join site_ids
        on
            offline_ids.data_source = site_ids.data_source
            and offline_ids.user_id = site_ids.user_id
    where site_ids.user_id is null
),
{% for folding, folded_id in aam_inbound.match_foldings('user_id').items() %}
{{ folding }}_site_ids as (
    select
        data_source,
        {{ folded_id }} as site_key,
        min(user_id) as site_id
    from site_ids
    group by data_source, {{ folded_id }}
),
{% endfor %}
classed as (
    select
        unmatched.data_source,
        unmatched.user_id,
        unmatched.ambiguous_kind,
        case
        {%- for folding in foldings %}
            when {{ folding }}_site_ids.site_id is not null then '{{ folding }}'
        {%- endfor %}
            else 'never'
        end as match_class,
        coalesce(
        {%- for folding in foldings %}
            {{ folding }}_site_ids.site_id{{ ',' if not loop.last }}
        {%- endfor %}
        ) as site_id
    from unmatched
    {%- for folding in foldings %}
    left join {{ folding }}_site_ids
        on
            unmatched.data_source = {{ folding }}_site_ids.data_source
            and unmatched.{{ folding }}_key = {{ folding }}_site_ids.site_key
    {%- endfor %}
),

near_site_ids as (
    select distinct site_id as text
    from classed
    where {{ aam_inbound.pii_may_be_found('site_id') }}
),

found as {% call aam_inbound.computed_once() %}
    {{ aam_inbound.pii_found('near_site_ids') }}
{% endcall %},

-- The site may have captured personal data, which is no example to show, nor is what only may be some.
shown as (
    select
        classed.data_source,
        classed.match_class,
        case
            when classed.ambiguous_kind is not null then null
            when classed.match_class = 'never' then classed.user_id
            when known_pii.value_sha256 is not null then null
            when coalesce(found.certain_kind, found.ambiguous_kind) is not null then null
            else classed.user_id || ' / ' || classed.site_id
        end as example
    from classed
    left join found on classed.site_id = found.text
    left join known_pii on {{ aam_inbound.pii_fingerprint('classed.site_id') }} = known_pii.value_sha256
),

class_totals as (
    select
        data_source,
        match_class,
        count(*) as ids,
        min(example) as first_example,
        max(example) as last_example
    from shown
    group by data_source, match_class
),

pivoted as (
    select
        data_source
        {%- for match_class in foldings + ['never'] %},
        sum(case when match_class = '{{ match_class }}' then ids else 0 end) as {{ match_class }}_ids,
        max(
            case
                when match_class <> '{{ match_class }}' then null
                when first_example = last_example then first_example
                else first_example || chr(10) || last_example
            end
        ) as {{ match_class }}_examples
        {%- endfor %}
    from class_totals
    group by data_source
),

site_totals as (
    select
        data_source,
        count(*) as site_ids
    from site_ids
    group by data_source
),

final as (
    select
        data_sources.data_source,
        cast(coalesce(site_totals.site_ids, 0) as bigint) as site_ids,
        cast(coalesce(exact.ids, 0) as bigint) as offline_ids,
        cast(coalesce(exact.exact_ids, 0) as bigint) as exact_ids
        {%- for match_class in foldings + ['never'] %},
        cast(coalesce(pivoted.{{ match_class }}_ids, 0) as bigint) as {{ match_class }}_ids,
        pivoted.{{ match_class }}_examples
        {%- endfor %}
    from data_sources
    left join site_totals on data_sources.data_source = site_totals.data_source
    left join exact on data_sources.data_source = exact.data_source
    left join pivoted on data_sources.data_source = pivoted.data_source
)

select * from final
