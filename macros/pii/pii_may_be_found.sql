{#- False where neither pii_kind nor pii_ambiguous_shape nor pii_ambiguous_kind says anything of a text.

    `digits`, a condition that is true of digits alone (pii_bare_digits), where these are searched apart because whole
    data sources are digits: of them it is false, too, where pii_kind says nothing. -#}
{% macro pii_may_be_found(expression, digits=none) -%}
    (
        {{ aam_inbound.pii_may_match(expression) }}
        or {{ aam_inbound.pii_may_be_encoded(expression) }}
        {%- if digits is none %}
        or {{ aam_inbound.regexp_full_match(expression, aam_inbound.pii_bare_digits()) }}
        or {{ aam_inbound.pii_may_be_ambiguous(expression) }}
        {%- else %}
        or (not {{ digits }} and {{ aam_inbound.pii_may_be_ambiguous(expression) }})
        {%- endif %}
    )
{%- endmacro %}
