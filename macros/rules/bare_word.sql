{#- A text without the brackets and quotes around it and in lower case, as words that stand for nothing are compared
    (U8): `<NA>`, `(null)` and `"None"` say what they say without them. Never for an ID that is sent (L7). -#}
{% macro bare_word(expression) -%}
    {%- set signs = '()[]{}<>"`\u00ab\u00bb\u2018\u2019\u201c\u201d\u201e' ~ "'" -%}
    {%- set bare = adapter.dispatch('trim_characters', 'aam_inbound')(expression, aam_inbound.text_literal(signs)) -%}
    {{ aam_inbound.lower_case(bare) }}
{%- endmacro %}
