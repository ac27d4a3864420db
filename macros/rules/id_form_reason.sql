{#- SQL expression: the first of the reasons that can keep an ID out, personal data and suppression apart; NULL where
    nothing is wrong. The order is that of inbound_reject_reasons and docs/rejects.md.

    Reads these columns, of one table where they stand alone: data_source, user_id, id_type, refresh_mode,
    is_known_source, matches_type (see id_matches_type) and is_plain (the ID has letters, digits, _ and - alone, so that
    it need not be searched for what it may not hold). -#}
{% macro id_form_reason() -%}
    {%- set uuid = '[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}' -%}
    case
        when data_source = '' then 'missing_data_source'
        when not is_known_source then 'unknown_data_source'
        when
            coalesce(id_type, '') not in ('{{ aam_inbound.id_types() | join("', '") }}')
            or coalesce(refresh_mode, '') not in ('sync', 'overwrite')
            then 'misdeclared_data_source'
        when user_id = '' then 'missing_user_id'
        when not is_plain and id_type = 'dpuuid' and {{ aam_inbound.regexp_contains('user_id', '[\t\n]') }}
            then 'tab_or_newline_in_id'
        when not is_plain and {{ aam_inbound.has_control_character('user_id') }} then 'control_character_in_id'
        when not is_plain and {{ aam_inbound.has_character('user_id', 'separator') }} then 'separator_in_id'
        when not is_plain and {{ aam_inbound.has_character('user_id', 'invisible') }} then 'invisible_character_in_id'
        when not is_plain and {{ aam_inbound.has_blank_at_edge('user_id') }} then 'blank_at_edge_of_id'
        when not is_plain and id_type = 'dpuuid' and {{ aam_inbound.regexp_contains('user_id', ':|%3[Aa]') }}
            then 'colon_in_id'
        when not is_plain and {{ aam_inbound.regexp_contains('user_id', '%[0-9A-Fa-f]{2}') }} then 'url_encoded_id'
        when {{ aam_inbound.stands_for_no_id() }} then 'placeholder_id'
        when {{ aam_inbound.is_all_zeros_id('user_id', 'id_type') }} then 'all_zeros_id'
        when
            {{ aam_inbound.lower_case('user_id') }}
            = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'
            then 'hash_of_nothing_id'
        {#- A point and a power of ten: nobody's ID, whatever the others look like (see checked_ids). #}
        when
            not is_plain
            and id_type = 'dpuuid'
            and {{ aam_inbound.regexp_full_match('user_id', '[0-9][.,][0-9]+[Ee][+][0-9]+') }}
            then 'number_form_id'
        when not matches_type and id_type in ('aam_uuid', 'ecid') then 'aam_uuid_format'
        when
            not matches_type
            and id_type in ('gaid', 'idfa', 'rida', 'fire_tv', 'lgudid')
            and {{ aam_inbound.regexp_full_match('user_id', uuid) }}
            then 'device_id_case'
        when not matches_type and id_type <> 'hashed_email' then 'device_id_format'
        -- What follows are hashed e-mails alone.
        when not matches_type and {{ aam_inbound.regexp_full_match('user_id', '[0-9A-Fa-f]{64}') }}
            then 'hashed_email_upper_case'
        when not matches_type and {{ aam_inbound.regexp_full_match('user_id', '[0-9A-Fa-f]{32}') }}
            then 'hashed_email_md5'
        when not matches_type and {{ aam_inbound.regexp_full_match('user_id', '[0-9A-Fa-f]{40}') }}
            then 'hashed_email_sha1'
        when not matches_type then 'hashed_email_format'
    end
{%- endmacro %}
