with candidates as (
    select * from {{ ref('input__aam_signal_models') }}
),

shape_decisions as (
    select * from {{ ref('input__aam_shape_decisions_model') }}
    where signal_key <> ''
),

known_pii as (
    select * from {{ ref('inbound_known_pii') }}
),

-- The only pass over all rows: whatever is checked below is checked once a value.
distinct_values as (
    select distinct
        coalesce(data_source, '') as data_source,
        coalesce(signal_key, '') as signal_key,
        coalesce(signal_value, '') as signal_value
    from candidates
),

looked_up as (
    {{ aam_inbound.looked_up_signals('distinct_values') }}
),

-- Where the accepted values are listed somewhere, none of them is a person's number.
classed as (
    select
        *,
        signal_key in ('d_sid', 'ic') or coalesce(value_type, '') in ('enum', 'date') as is_listed_or_date
    from looked_up
),

-- An undeclared key, or what is no known data source, may be anything.
texts as (
    select signal_value as text
    from classed
    where {{ aam_inbound.pii_may_be_found('signal_value') }}
    union
    select signal_key as text
    from classed
    where value_type is null
    union
    select data_source as text
    from classed
    where not is_known_source
),

found as {% call aam_inbound.computed_once() %}
    {{ aam_inbound.pii_found('texts') }}
{% endcall %},

searched as {% call aam_inbound.computed_once() %}
    select
        classed.*,
        coalesce(source_texts.certain_kind, value_texts.certain_kind, key_texts.certain_kind) as certain_kind,
        case when not classed.is_listed_or_date then value_texts.ambiguous_shape end as ambiguous_shape,
        coalesce(value_texts.ambiguous_kind, key_texts.ambiguous_kind, source_texts.ambiguous_kind) as ambiguous_kind,
        {{ aam_inbound.signal_form_reason() }} as form_reason
    from classed
    left join found as value_texts on classed.signal_value = value_texts.text
    left join found as key_texts on case when classed.value_type is null then classed.signal_key end = key_texts.text
    left join found as source_texts
        on case when not classed.is_known_source then classed.data_source end = source_texts.text
{% endcall %},

suspects as (
    {{ aam_inbound.suspect_populations('searched', ['data_source', 'signal_key'], 'signal_value', 'shape_decisions') }}
),

honest_local_numbers as (
    select
        data_source,
        signal_key
    from shape_decisions
    where
        shape = 'digits_3_4'
        and kind = 'phone'
        and decision = 'honest'
),

reasoned as (
    select
        searched.*,
        coalesce(
            case
                when
                    honest_local_numbers.data_source is null
                    or not {{ aam_inbound.regexp_full_match(
                        'searched.signal_value', aam_inbound.local_number_pattern()
                    ) }}
                    then 'pii_' || searched.certain_kind
            end,
            'pii_' || suspects.ambiguous_kind,
            case
                when coalesce(known_pii.value_sha256, known_keys.value_sha256, known_sources.value_sha256) is not null
                    then 'pii_known_value'
            end,
            searched.form_reason
        ) as reason
    from searched
    left join suspects
        on
            searched.data_source = suspects.data_source
            and searched.signal_key = suspects.signal_key
            and searched.ambiguous_shape = suspects.ambiguous_shape
            and searched.ambiguous_kind = suspects.ambiguous_kind
    left join honest_local_numbers
        on
            searched.data_source = honest_local_numbers.data_source
            and searched.signal_key = honest_local_numbers.signal_key
    left join known_pii on {{ aam_inbound.pii_fingerprint('searched.signal_value') }} = known_pii.value_sha256
    -- What is no declared key, or no known data source, may be anything.
    left join known_pii as known_keys
        on
            case when searched.value_type is null then {{ aam_inbound.pii_fingerprint('searched.signal_key') }} end
            = known_keys.value_sha256
    left join known_pii as known_sources
        on
            case when not searched.is_known_source then {{ aam_inbound.pii_fingerprint('searched.data_source') }} end
            = known_sources.value_sha256
),

ruled as (
    select
        *,
        {{ aam_inbound.reason_rule('reason') }} as rule,
        -- What is kept out and may be a person's number is not kept in clear, whatever it is kept out for.
        reason is not null
        and (reason like 'pii#_%' escape '#' or ambiguous_kind is not null) as is_personal
    from reasoned
),

rendered as (
    select
        *,
        case when reason is null then {{ aam_inbound.render_signal('signal_key', 'signal_value') }} end as signal
    from ruled
),

-- In the order of bytes, so that whoever sorts the numbers has sorted the signals.
numbered as (
    select
        *,
        row_number() over (
            order by
                case when signal is null then 1 else 0 end,
                {{ aam_inbound.byte_order('signal') }},
                {{ aam_inbound.byte_order('data_source') }}
        ) as place
    from rendered
),

final as (
    select
        case
            when is_personal and not is_known_source then {{ aam_inbound.sha256_hex('data_source') }}
            else data_source
        end as data_source,
        case when is_personal then {{ aam_inbound.sha256_hex('signal_key') }} else signal_key end as signal_key,
        case when is_personal then {{ aam_inbound.sha256_hex('signal_value') }} else signal_value end as signal_value,
        is_personal,
        reason,
        rule,
        signal,
        case when signal is not null then cast(place as {{ dbt.type_int() }}) end as signal_number,
        ambiguous_shape,
        ambiguous_kind
    from numbered
)

select * from final
