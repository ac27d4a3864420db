{#- Query: `text` of the rows of `texts` (a row a distinct text) with what the detectors say of it: certain_kind
    (pii_kind), ambiguous_shape, ambiguous_kind.

    For texts gathered before, such as those of pii_may_be_found: an engine that prepares these long expressions for
    every block of rows in which one row needs them takes longer for that than for the rows. -#}
{% macro pii_found(texts) -%}
    select
        text,
        {{ aam_inbound.pii_kind('text') }} as certain_kind,
        {{ aam_inbound.pii_ambiguous_shape('text') }} as ambiguous_shape,
        {{ aam_inbound.pii_ambiguous_kind('text') }} as ambiguous_kind
    from {{ texts }}
{%- endmacro %}
