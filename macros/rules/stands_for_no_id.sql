{#- SQL condition: a word, a spreadsheet's error (`#REF!`) or a date that stands for no ID (U8). Reads user_id and
    is_plain (see id_form_reason). -#}
{% macro stands_for_no_id() -%}
    (
        case
            when is_plain then {{ aam_inbound.lower_case('user_id') }}
            else {{ aam_inbound.bare_word('user_id') }}
        end in {{ aam_inbound.placeholder_ids() }}
        or user_id in {{ aam_inbound.placeholder_dates() }}
        or (not is_plain and {{ aam_inbound.regexp_full_match('user_id', '#[^0-9 ][^ ]*[!?]') }})
    )
{%- endmacro %}
