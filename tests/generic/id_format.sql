{#- What: every user ID has the form of its type (U1, U2, U3, U7, N6) and none of what no ID may have: control,
    invisible or edge-blank characters, URL encoding, placeholders, zeros alone (U4, U5, U8). NULL fails.
    Why: AAM drops a line whose ID is malformed, and says so in a count at best; an ID that is merely spelt differently
    becomes a visitor of its own.
    How to mend: the failures say the reason, as docs/rejects.md lists them. Mend the ID where it is made, so that it
    equals the ID that the site sends; never fold or trim it on the way out (L7).
    Options: `id_type` (one for the column), or `data_source_column` (its id_type is looked up in aam_data_sources). -#}
{% test id_format(model, column_name, id_type=none, data_source_column=none) %}
{{ config(static_analysis='off') }}
{%- if (id_type is none) == (data_source_column is none) -%}
    {{ exceptions.raise_compiler_error('id_format on ' ~ model ~ ': give either id_type or data_source_column') }}
{%- endif -%}
{%- do aam_inbound.id_pattern(id_type) if id_type -%}

with typed as (
    select
        coalesce({{ aam_inbound.text_by_bytes(column_name) }}, '') as user_id,
        {%- if id_type %}
        '{{ id_type }}' as data_source,
        '{{ id_type }}' as id_type,
        'sync' as refresh_mode,
        true as is_known_source
        {%- else %}
        coalesce(tested.{{ data_source_column }}, '') as data_source,
        data_sources.id_type,
        data_sources.refresh_mode,
        data_sources.data_source is not null as is_known_source
        {%- endif %}
    from {{ model }} as tested
    {%- if data_source_column %}
    left join {{ ref('input__aam_data_sources') }} as data_sources
        on tested.{{ data_source_column }} = data_sources.data_source
    {%- endif %}
),

matched as (
    select
        *,
        {{ aam_inbound.id_matches_type('user_id', 'id_type') }} as matches_type
    from typed
),

checked as (
    select
        *,
        coalesce(matches_type, {{ aam_inbound.regexp_full_match('user_id', '[A-Za-z0-9_-]+') }}) as is_plain
    from matched
),

reasoned as (
    select
        user_id,
        {{ aam_inbound.id_form_reason() }} as reason
    from checked
)

select
    reason,
    {{ aam_inbound.reason_rule('reason') }} as rule,
    {{ aam_inbound.sha256_hex('user_id') }} as value_sha256,
    count(*) as failing_rows
from reasoned
where reason is not null
group by 1, 2, 3
{% endtest %}
