{#- The kind of personal data that a text certainly is or holds, as a slug, else NULL (P1).

    Certain means: honest IDs do not look like this. Shapes that honest IDs share are left to pii_ambiguous_kind. -#}
{% macro pii_kind(expression) -%}
    case
        when {{ pii_may_match(expression) }}
            then {{ let('pii_text', pii_normalised(expression), pii_kind_of_normalised('pii_text')) }}
    end
{%- endmacro %}
