{#- SQL expression: a signal as it stands on a line (L2): `d_sid=1`, `ic=code` or `"key"="value"`. -#}
{% macro render_signal(key_expression, value_expression) -%}
    case
        when {{ key_expression }} in ('d_sid', 'ic') then {{ key_expression }} || '=' || {{ value_expression }}
        else '"' || {{ key_expression }} || '"="' || {{ value_expression }} || '"'
    end
{%- endmacro %}
