{#- Reason → SQL condition, for all that can be wrong with an ID of one row of `relation`, personal data and suppression apart.

    `relation` is an alias with data_source, user_id, id_type, refresh_mode, is_known_source, matches_type (see id_matches_type) and
    is_plain (the ID has letters, digits, _ and - alone, so that it need not be searched for what it may not hold). -#}
{% macro id_conditions(relation) -%}
    {%- set id = relation ~ '.user_id' -%}
    {%- set type = relation ~ '.id_type' -%}
    {%- set other_characters = 'not ' ~ relation ~ '.is_plain and ' -%}
    {%- set wrong_form = 'not ' ~ relation ~ '.matches_type and ' -%}
    {%- set uuid = '[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}' -%}
    {%- set email = type ~ " = 'hashed_email'" -%}
    {{ return({
        'missing_data_source': relation ~ ".data_source = ''",
        'unknown_data_source': 'not ' ~ relation ~ '.is_known_source',
        'misdeclared_data_source':
            'coalesce(' ~ type ~ ", '') not in ('" ~ aam_inbound.id_types() | join("', '") ~ "')"
            ~ ' or coalesce(' ~ relation ~ ".refresh_mode, '') not in ('sync', 'overwrite')",
        'missing_user_id': id ~ " = ''",
        'tab_or_newline_in_id': other_characters ~ type ~ " = 'dpuuid' and " ~ aam_inbound.regexp_contains(id, '[\t\n]'),
        'control_character_in_id': other_characters ~ aam_inbound.has_control_character(id),
        'separator_in_id': other_characters ~ aam_inbound.regexp_contains(id, '[' ~ aam_inbound.character_class('separator') ~ ']'),
        'invisible_character_in_id': other_characters ~ aam_inbound.regexp_contains(id, '[' ~ aam_inbound.character_class('invisible') ~ ']'),
        'blank_at_edge_of_id': other_characters ~ aam_inbound.has_blank_at_edge(id),
        'colon_in_id': other_characters ~ type ~ " = 'dpuuid' and " ~ aam_inbound.regexp_contains(id, ':|%3[Aa]'),
        'url_encoded_id': other_characters ~ aam_inbound.regexp_contains(id, '%[0-9A-Fa-f]{2}'),
        'placeholder_id': aam_inbound.lower_case(id) ~ ' in ' ~ aam_inbound.placeholder_ids(),
        'all_zeros_id': aam_inbound.is_all_zeros_id(id, type),
        'hash_of_nothing_id': aam_inbound.lower_case(id) ~ " = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'",
        'aam_uuid_format': wrong_form ~ type ~ " in ('aam_uuid', 'ecid')",
        'device_id_case': wrong_form ~ type ~ " in ('gaid', 'idfa', 'rida', 'fire_tv', 'lgudid') and " ~ aam_inbound.regexp_full_match(id, uuid),
        'device_id_format': wrong_form ~ 'not ' ~ email,
        'hashed_email_upper_case': wrong_form ~ email ~ ' and ' ~ aam_inbound.regexp_full_match(id, '[0-9A-Fa-f]{64}'),
        'hashed_email_md5': wrong_form ~ email ~ ' and ' ~ aam_inbound.regexp_full_match(id, '[0-9A-Fa-f]{32}'),
        'hashed_email_sha1': wrong_form ~ email ~ ' and ' ~ aam_inbound.regexp_full_match(id, '[0-9A-Fa-f]{40}'),
        'hashed_email_format': wrong_form ~ email,
    }) }}
{%- endmacro %}
