{#- The kind of personal data that a text certainly is or holds, as a slug, else NULL (P1).

    Certain means: honest IDs do not look like this. Shapes that honest IDs share are left to pii_ambiguous_kind. -#}
{% macro pii_kind(expression) -%}
    coalesce({{ aam_inbound.pii_plain_kind(expression) }}, {{ aam_inbound.pii_encoded_kind(expression) }})
{%- endmacro %}
