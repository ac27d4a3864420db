{#- On-run-start: creates the raw tables of what Audience Manager answers where they are missing, in a project that
    wants to know it (var `aam_feedback`): Audience Manager says nothing twice. -#}
{% macro create_feedback() %}
    {%- if aam_inbound.builds_or_tests() and var('aam_feedback', false) -%}
        {%- do aam_inbound.create_tables('aam_feedback', aam_inbound.feedback_columns()) -%}
    {%- endif -%}
{% endmacro %}
