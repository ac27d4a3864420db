{#- False where neither pii_kind nor pii_ambiguous_shape nor pii_ambiguous_kind says anything of a text; of digits alone
    (`digits`, a condition: pii_bare_digits), where pii_kind does not. -#}
{% macro pii_may_be_found(expression, digits) -%}
    (
        {{ aam_inbound.pii_may_match(expression) }}
        or {{ aam_inbound.pii_may_be_encoded(expression) }}
        or (not {{ digits }} and {{ aam_inbound.pii_may_be_ambiguous(expression) }})
    )
{%- endmacro %}
