{#- SQL expression: the first of the reasons that can keep a key and its value out, personal data apart; NULL where
    nothing is wrong. The order is that of inbound_reject_reasons and docs/rejects.md.

    Reads these columns, of one table where they stand alone: signal_key, signal_value, and what the account's lists say
    of them (looked_up_signals): value_type and accepts (NULL where the key is not declared), trait_id, trait_type,
    trait_owner and source_owner (DPIDs), is_listed_code. -#}
{% macro signal_form_reason() -%}
    case
        when signal_key = '' then 'missing_signal_key'
        when not {{ aam_inbound.regexp_full_match('signal_key', '[A-Za-z_][A-Za-z0-9_.]*') }} then 'key_form'
        when signal_key = 'd_unsid' then 'removal_by_hand'
        when signal_key not in ('d_sid', 'ic') and value_type is null then 'undeclared_key'
        when signal_value = '' then 'missing_signal_value'
        when {{ aam_inbound.regexp_contains('signal_value', '[\t\n]') }} then 'tab_or_newline_in_value'
        when {{ aam_inbound.has_control_character('signal_value') }} then 'control_character_in_value'
        when {{ aam_inbound.has_character('signal_value', 'separator') }} then 'separator_in_value'
        when {{ aam_inbound.has_blank_at_edge('signal_value') }} then 'blank_at_edge_of_value'
        when position('"' in signal_value) > 0 then 'quote_in_value'
        {%- if not var('aam_allow_commas_in_values', false) %}
        when position(',' in signal_value) > 0 then 'comma_in_value'
        {%- endif %}
        when signal_key = 'd_sid' then
            case
                when not {{ aam_inbound.regexp_full_match('signal_value', '[0-9]+') }} then 'trait_not_numeric'
                when trait_id is null then 'trait_unknown'
                when coalesce(trait_type, '') <> 'onboarded' then 'trait_not_onboarded'
                when coalesce(trait_owner, '') <> coalesce(source_owner, '') then 'trait_of_other_data_source'
            end
        when signal_key = 'ic' then
            case
                when not {{ aam_inbound.regexp_full_match('signal_value', '[A-Za-z0-9_.-]+') }} then 'code_form'
                when not is_listed_code then 'code_undeclared'
            end
        when
            value_type = 'enum'
            and (
                position('|' in signal_value) > 0
                or position('|' || signal_value || '|' in '|' || coalesce(accepts, '') || '|') = 0
            )
            then 'value_not_in_list'
        when value_type = 'integer' and not {{ aam_inbound.regexp_full_match('signal_value', '-?(0|[1-9][0-9]*)') }}
            then 'value_not_integer'
        when
            value_type = 'decimal'
            and not {{ aam_inbound.regexp_full_match('signal_value', '-?(0|[1-9][0-9]*)([.][0-9]+)?') }}
            then 'value_not_decimal'
        when
            value_type = 'decimal'
            and {{ aam_inbound.regexp_contains(
                'signal_value', '[.][0-9]{' ~ (var('aam_max_decimal_digits', 8) + 1) ~ '}'
            ) }}
            then 'decimal_digits'
        when value_type = 'date' and not {{ aam_inbound.is_real_date('signal_value') }} then 'value_not_date'
        when value_type = 'date' and signal_value in {{ aam_inbound.placeholder_dates() }} then 'placeholder_date'
        when
            (value_type = 'pattern' or coalesce(accepts, '') <> '')
            and value_type <> 'enum'
            and not {{ aam_inbound.regexp_full_match_column('signal_value', "coalesce(accepts, '')") }}
            then 'value_not_matching'
        when value_type not in ('enum', 'integer', 'decimal', 'date', 'pattern') then 'value_type_unknown'
    end
{%- endmacro %}
