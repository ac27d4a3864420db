{#- SQL list, in parentheses: the dates by which systems and people say that there is none, as YYYY-MM-DD (L5, U8); var
    `aam_placeholder_dates`.

    The first and last days that a type can hold, those from which calendars and spreadsheets count, and those that
    people take for never. -#}
{% macro placeholder_dates() -%}
    {%- set days = var('aam_placeholder_dates', [
        '0001-01-01', '1000-01-01', '1111-11-11', '1582-10-15', '1601-01-01', '1753-01-01', '1800-01-01', '1899-12-30',
        '1899-12-31', '1900-01-01', '1970-01-01', '2038-01-19', '2079-06-06', '2099-12-31', '2199-12-31', '2262-04-11',
        '2299-12-31', '2999-12-31', '3000-01-01', '3000-12-31', '4712-12-31', '9999-01-01', '9999-12-30', '9999-12-31',
    ]) -%}
    {#- The first entry keeps the list from being empty, which SQL does not allow. -#}
    {%- set literals = ['0000-00-00'] + days -%}
    ({% for day in literals -%}
        {{ aam_inbound.text_literal(day | string) }}{{ ', ' if not loop.last }}
    {%- endfor %})
{%- endmacro %}
