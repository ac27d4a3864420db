{#- Reason → SQL condition, for all that can be wrong with the key and the value of one row of `relation`, personal data apart.

    `relation` is an alias with signal_key, signal_value and what the seeds say of them: value_type and accepts (NULL where the key is
    not declared), trait_id, trait_type, trait_owner and source_owner (DPIDs), is_listed_code. -#}
{% macro value_conditions(relation) -%}
    {%- set key = relation ~ '.signal_key' -%}
    {%- set value = relation ~ '.signal_value' -%}
    {%- set type = relation ~ '.value_type' -%}
    {%- set accepts = relation ~ '.accepts' -%}
    {%- set a_trait = key ~ " = 'd_sid' and " -%}
    {%- set a_code = key ~ " = 'ic' and " -%}
    {%- set declared = key ~ " not in ('d_sid', 'ic') and " -%}
    {%- set conditions = {
        'missing_signal_key': key ~ " = ''",
        'key_form': 'not ' ~ aam_inbound.regexp_full_match(key, '[A-Za-z_][A-Za-z0-9_.]*'),
        'removal_by_hand': key ~ " = 'd_unsid'",
        'undeclared_key': declared ~ type ~ ' is null',
        'missing_signal_value': value ~ " = ''",
        'tab_or_newline_in_value': aam_inbound.regexp_contains(value, '[\t\n]'),
        'control_character_in_value': aam_inbound.has_control_character(value),
        'separator_in_value': aam_inbound.regexp_contains(value, '[' ~ aam_inbound.character_class('separator') ~ ']'),
        'blank_at_edge_of_value': aam_inbound.has_blank_at_edge(value),
        'quote_in_value': 'position(\'"\' in ' ~ value ~ ') > 0',
        'trait_not_numeric': a_trait ~ 'not ' ~ aam_inbound.regexp_full_match(value, '[0-9]+'),
        'trait_unknown': a_trait ~ relation ~ '.trait_id is null',
        'trait_not_onboarded': a_trait ~ 'coalesce(' ~ relation ~ ".trait_type, '') <> 'onboarded'",
        'trait_of_other_data_source':
            a_trait ~ 'coalesce(' ~ relation ~ ".trait_owner, '') <> coalesce(" ~ relation ~ ".source_owner, '')",
        'code_form': a_code ~ 'not ' ~ aam_inbound.regexp_full_match(value, '[A-Za-z0-9_.-]+'),
        'code_undeclared': a_code ~ 'not ' ~ relation ~ '.is_listed_code',
        'value_not_in_list':
            declared ~ type ~ " = 'enum' and (position('|' in " ~ value ~ ") > 0"
            ~ " or position('|' || " ~ value ~ " || '|' in '|' || coalesce(" ~ accepts ~ ", '') || '|') = 0)",
        'value_not_integer': declared ~ type ~ " = 'integer' and not " ~ aam_inbound.regexp_full_match(value, '-?(0|[1-9][0-9]*)'),
        'value_not_decimal':
            declared ~ type ~ " = 'decimal' and not " ~ aam_inbound.regexp_full_match(value, '-?(0|[1-9][0-9]*)([.][0-9]+)?'),
        'value_not_date': declared ~ type ~ " = 'date' and not " ~ aam_inbound.is_real_date(value),
        'value_not_matching':
            declared ~ "(" ~ type ~ " = 'pattern' or coalesce(" ~ accepts ~ ", '') <> '') and " ~ type ~ " <> 'enum' and not "
            ~ aam_inbound.regexp_full_match_column(value, 'coalesce(' ~ accepts ~ ", '')"),
        'value_type_unknown': declared ~ type ~ " not in ('enum', 'integer', 'decimal', 'date', 'pattern')",
    } -%}
    {%- if not var('aam_allow_commas_in_values', false) -%}
        {%- do conditions.update({'comma_in_value': "position(',' in " ~ value ~ ') > 0'}) -%}
    {%- endif -%}
    {{ return(conditions) }}
{%- endmacro %}
