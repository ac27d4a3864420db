{#- Query: the rows of `relation` with the first `reason` to keep an ID out (macro inbound_reject_reasons), NULL where
    nothing is wrong.

    `relation` has one row per distinct data_source and user_id, both never NULL, with id_type, refresh_mode,
    is_known_source and matches_type (see id_matches_type); `suppressions` has data_source and user_id of opted-out
    people (P2), `site_ids` those that the site captured, `shape_decisions` what was decided of ambiguous shapes (see
    suspect_populations). The columns are data_source, user_id, is_known_source, `kept_columns`, ambiguous_shape,
    ambiguous_kind and reason. It holds IDs as they are, personal data too: not to be stored. -#}
{% macro checked_ids(relation, suppressions, site_ids, shape_decisions, kept_columns=[]) -%}
    {%- set columns = ['data_source', 'user_id', 'is_known_source'] + kept_columns -%}
    with plain as (
        select
            *,
            -- Letters, digits, _ and - alone: no need to look for characters that may not be there.
            coalesce(matches_type, false)
            or {{ aam_inbound.regexp_full_match('user_id', '[A-Za-z0-9_-]+') }} as is_plain,
            coalesce(
                matches_type and id_type not in ('{{ aam_inbound.alphanumeric_id_types() | join("', '") }}'), false
            ) as is_fixed_form,
            {{ aam_inbound.regexp_full_match('user_id', aam_inbound.pii_bare_digits()) }} as is_digits
        from {{ relation }}
    ),

    -- An ID of the right fixed form, 38 digits say, can not hold personal data. The other IDs are searched for it,
    -- those of alphanumeric types as well: `123-45-6789` has their form.
    flagged as {% call aam_inbound.computed_once() %}
        select
            *,
            case
                when is_fixed_form then false
                else {{ aam_inbound.pii_may_be_found('user_id', 'is_digits') }}
            end as may_be_personal
        from plain
    {% endcall %},

    -- What is no known data source may be anything.
    texts as (
        select user_id as text
        from flagged
        where may_be_personal
        union
        select data_source as text
        from flagged
        where not is_known_source
    ),

    found as {% call aam_inbound.computed_once() %}
        {{ aam_inbound.pii_found('texts') }}
    {% endcall %},

    -- What takes no search; apart from the detectors, for PostgreSQL keeps no more than 32 regular expressions ready.
    formed as {% call aam_inbound.computed_once() %}
        select
            *,
            -- A hashed e-mail is itself what a known address is stored as; a plain ID has no blanks to trim.
            case
                when matches_type and id_type = 'hashed_email' then user_id
                when is_plain then {{ aam_inbound.sha256_hex(aam_inbound.lower_case('user_id')) }}
                else {{ aam_inbound.pii_fingerprint('user_id') }}
            end as known_key,
            case when not is_known_source then {{ aam_inbound.pii_fingerprint('data_source') }} end as source_key,
            {{ aam_inbound.id_form_reason() }} as form_reason,
            coalesce(id_type = 'dpuuid', false) and {{ aam_inbound.is_number_form('user_id') }} as is_number_form,
            -- The same ID with composed letters, where it has others.
            case
                when not is_plain and {{ aam_inbound.regexp_contains('user_id', '[^ -~]') }}
                    then nullif({{ aam_inbound.composed_text('user_id') }}, user_id)
            end as composed_id
        from flagged
    {% endcall %},

    -- Digits are searched here, because whole data sources are digits.
    detected as (
        select
            formed.*,
            id_texts.certain_kind as id_kind,
            case
                when formed.is_digits then {{ aam_inbound.pii_shape_of_token('formed.user_id') }}
                else id_texts.ambiguous_shape
            end as id_shape,
            case
                when formed.is_digits then {{ aam_inbound.pii_kind_of_digits('formed.user_id') }}
                else id_texts.ambiguous_kind
            end as id_ambiguous_kind,
            source_texts.certain_kind as source_kind,
            source_texts.ambiguous_kind as source_ambiguous_kind
        from formed
        left join found as id_texts on formed.user_id = id_texts.text
        left join found as source_texts
            on case when not formed.is_known_source then formed.data_source end = source_texts.text
    ),

    searched as {% call aam_inbound.computed_once() %}
        select
            *,
            case when not is_fixed_form then coalesce(source_kind, id_kind) end as certain_kind,
            case when not is_fixed_form then id_shape end as ambiguous_shape,
            case when not is_fixed_form then coalesce(id_ambiguous_kind, source_ambiguous_kind) end as ambiguous_kind
        from detected
    {% endcall %},

    -- Where there are numbers in another form: data sources whose other IDs are plain digits, but for those that are
    -- kept out for their form.
    digit_sources as (
        select data_source
        from formed
        group by data_source
        having
            max(case when is_number_form then 1 else 0 end) = 1
            and sum(case
                when form_reason is not null then 0
                when {{ aam_inbound.regexp_full_match('user_id', '[0-9]+') }} then 1
                when is_number_form then 0
                else -1
            end) >= 0
    ),

    -- Of the IDs that the site captured, only those that an ID here would be in composed letters.
    composed_site_ids as (
        select distinct
            data_source,
            user_id
        from {{ site_ids }}
        where user_id in (select composed_id from formed where composed_id is not null)
    ),

    -- IDs of opted-out people, byte for byte and in other spellings.
    suppressed as (
        {%- if not var('aam_suppress_near_misses', true) %}
        select
            data_source,
            user_id,
            true as is_exact
        from {{ suppressions }}
        {%- else %}
        select
            formed.data_source,
            formed.user_id,
            max(case when formed.user_id = listed.user_id then 1 else 0 end) = 1 as is_exact
        from formed
        inner join (
            select
                data_source,
                user_id,
                {{ aam_inbound.loose_id(
                    'user_id', aam_inbound.regexp_full_match('user_id', '[A-Za-z0-9_-]+')
                ) }} as loose_id
            from {{ suppressions }}
        ) as listed
            on
                formed.data_source = listed.data_source
                and {{ aam_inbound.loose_id('formed.user_id', 'formed.is_plain') }} = listed.loose_id
        group by formed.data_source, formed.user_id
        {%- endif %}
    ),

    -- Of all that is known, only what is found here: where there are no IDs, nothing is read.
    known_ids as (
        select
            value_sha256,
            kind
        from {{ ref('inbound_known_pii') }}
        where value_sha256 in (select known_key from formed)
    ),

    known_sources as (
        select value_sha256
        from {{ ref('inbound_known_pii') }}
        where value_sha256 in (select source_key from formed where source_key is not null)
    ),

    email_totals as (
        select count(*) as addresses
        from {{ ref('inbound_known_pii') }}
        where kind = 'email'
    ),

    suspects as (
        {{ aam_inbound.suspect_populations('searched', ['data_source'], 'user_id', shape_decisions) }}
    ),

    honest_local_numbers as (
        select distinct data_source
        from {{ shape_decisions }}
        where
            shape = 'digits_3_4'
            and kind = 'phone'
            and decision = 'honest'
    ),

    -- Hashes of mistakes are looked up for wrong hashes only. Numbered, for a planner may make of min(mistake) an
    -- aggregate of all that there are.
    found_mistakes as (
        select
            formed.data_source,
            formed.user_id,
            'hashed_email_' || email_mistakes.mistake as reason,
            row_number() over (
                partition by formed.data_source, formed.user_id
                order by email_mistakes.mistake
            ) as place
        from formed
        inner join (select * from {{ ref('inbound_known_email_mistakes') }}) as email_mistakes
            on formed.user_id = email_mistakes.hash
        left join known_ids on formed.known_key = known_ids.value_sha256
        where
            formed.id_type = 'hashed_email'
            and formed.form_reason is null
            and coalesce(known_ids.kind, '') <> 'email'
    ),

    named_mistakes as (
        select * from found_mistakes
        where place = 1
    )

    select
        {%- for column in columns %}
        searched.{{ column }},
        {%- endfor %}
        searched.ambiguous_shape,
        searched.ambiguous_kind,
        coalesce(
            case
                when
                    honest_local_numbers.data_source is null
                    or not {{ aam_inbound.regexp_full_match(
                        'searched.user_id', aam_inbound.local_number_pattern()
                    ) }}
                    then 'pii_' || searched.certain_kind
            end,
            'pii_' || suspects.ambiguous_kind,
            case
                when known_sources.value_sha256 is not null then 'pii_known_value'
                when searched.id_type = 'hashed_email' and searched.matches_type then null
                when known_ids.value_sha256 is not null then 'pii_known_value'
            end,
            searched.form_reason,
            case
                when searched.is_number_form and digit_sources.data_source is not null then 'number_form_id'
                when composed_site_ids.user_id is not null then 'unicode_form_id'
                when
                    searched.id_type = 'hashed_email'
                    and email_totals.addresses > 0
                    and coalesce(known_ids.kind, '') <> 'email'
                    then coalesce(named_mistakes.reason, 'hashed_email_unknown')
                when suppressed.is_exact then 'opted_out'
                when suppressed.user_id is not null then 'opted_out_near_miss'
            end
        ) as reason
    from searched
    left join suspects
        on
            searched.data_source = suspects.data_source
            and searched.ambiguous_shape = suspects.ambiguous_shape
            and searched.ambiguous_kind = suspects.ambiguous_kind
    left join known_ids on searched.known_key = known_ids.value_sha256
    left join known_sources on searched.source_key = known_sources.value_sha256
    left join suppressed
        on
            searched.data_source = suppressed.data_source
            and searched.user_id = suppressed.user_id
    left join honest_local_numbers on searched.data_source = honest_local_numbers.data_source
    left join digit_sources on searched.data_source = digit_sources.data_source
    left join composed_site_ids
        on
            searched.data_source = composed_site_ids.data_source
            and searched.composed_id = composed_site_ids.user_id
    left join named_mistakes
        on
            searched.data_source = named_mistakes.data_source
            and searched.user_id = named_mistakes.user_id
    cross join email_totals
{%- endmacro %}
