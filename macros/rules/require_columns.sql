{#- Refuses a model or seed that lacks one of the columns `needed`, and says what it has instead. `present` are the
    names of its columns, in lower case; `known` are all that it may have. -#}
{% macro require_columns(name, present, needed, known) %}
    {%- set missing = needed | reject('in', present) | list -%}
    {%- if missing -%}
        {%- set others = present | reject('in', known) | list -%}
        {%- set advice -%}
{{ name }} has no column {{ missing | join(', ') }}
{{- ' (it has ' ~ others | join(', ') ~ ': misspelt?)' if others }}. Its columns are {{ known | join(',') }}.
        {%- endset -%}
        {%- do exceptions.raise_compiler_error(advice) -%}
    {%- endif -%}
{% endmacro %}
