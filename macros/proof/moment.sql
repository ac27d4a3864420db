{#- A moment of dbt's as the text of a timestamp: a datetime, or with dbt v2 a text such as
    2018-01-01T06:00:00.123456789Z. -#}
{% macro moment(value) -%}
    {{ return(
        (value | replace('T', ' ') | replace('Z', ''))[:26] if value is string
        else value.strftime('%Y-%m-%d %H:%M:%S.%f')
    ) }}
{%- endmacro %}
