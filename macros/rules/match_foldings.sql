{#- How `expression`, an ID, may differ from the one that the site has and still be the same ID (L7): folding → SQL
    expression of what is compared then. In the order in which id_match_audit tries them. -#}
{% macro match_foldings(expression) -%}
    {%- set without_leading_zeros -%} trim(leading '0' from {{ expression }}) {%- endset -%}
    {{ return({
        'case_only': aam_inbound.lower_case(expression),
        'trim_only': aam_inbound.trim_blanks(expression),
        'url_decoded_only': aam_inbound.url_decoded(expression),
        'leading_zeros_only': without_leading_zeros,
        'number_form_only': aam_inbound.plain_number(expression),
        'unicode_form_only': aam_inbound.composed_text(expression),
    }) }}
{%- endmacro %}
