{#- SQL expression: an ID as plain digits where it is a number in another form (see number_forms), else as it is:
    `12345.0` and `1.2345E+4` are 12345. To compare IDs by, never to send (L7). -#}
{% macro plain_number(expression) -%}
    {%- set forms = aam_inbound.number_forms() -%}
    {%- set whole = aam_inbound.regexp_first(expression, '^[+]?([0-9]+)') -%}
    {%- set fraction = aam_inbound.regexp_first(expression, '^[+]?[0-9]+[.,]([0-9]*)') -%}
    {%- set exponent = 'cast(' ~ aam_inbound.regexp_first(expression, '[Ee][+]?([0-9]+)$') ~ ' as integer)' -%}
    case
        when not {{ aam_inbound.is_number_form(expression) }} then {{ expression }}
        when {{ aam_inbound.regexp_full_match(expression, forms.grouped) }}
            then translate({{ aam_inbound.regexp_first(
                expression, "^[+]?([0-9]{1,3}(?:[.,' \u00a0\u202f\u2019][0-9]{3})+)"
            ) }}, '.,'' {{ '\u00a0\u202f\u2019' }}', '')
        when {{ aam_inbound.regexp_full_match(expression, forms.decimal) }} then {{ whole }}
        when {{ aam_inbound.regexp_full_match(expression, forms.exponent) }}
            then case
                when {{ exponent }} between length({{ fraction }}) and 40
                    then {{ whole }} || rpad({{ fraction }}, {{ exponent }}, '0')
                else {{ expression }}
            end
        when {{ aam_inbound.regexp_full_match(expression, '[+][0-9]+|' ~ forms.quoted) }}
            then {{ aam_inbound.regexp_first(expression, '([0-9]+)') }}
        else {{ expression }}
    end
{%- endmacro %}
