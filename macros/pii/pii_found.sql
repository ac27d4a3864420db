{#- A query of one row a text of the relation `texts` (column text, distinct): what it is certain to hold, certain_kind
    (pii_kind), ambiguous_shape, ambiguous_kind.

    For texts gathered before, such as those of pii_may_be_found: an engine that prepares these long expressions for
    every block of rows in which one row needs them takes longer for that than for the rows. And in two steps, of which
    the grouping ends the first: PostgreSQL keeps 32 regular expressions ready, and where a row needs more it prepares
    each of them anew, for every row. -#}
{% macro pii_found(texts) -%}
    select
        text,
        coalesce(plain_kind, {{ aam_inbound.pii_encoded_kind('text') }}) as certain_kind,
        {{ aam_inbound.pii_ambiguous_shape('text') }} as ambiguous_shape,
        {{ aam_inbound.pii_ambiguous_kind('text') }} as ambiguous_kind
    from (
        select
            text,
            max({{ aam_inbound.pii_plain_kind('text') }}) as plain_kind
        from {{ texts }}
        group by text
    ) as plain
{%- endmacro %}
