{#- Query: the populations of number_populations that are too likely to be people's numbers: `columns`,
    `ambiguous_shape`, `ambiguous_kind`. Not those that a row of `decisions`, with the same columns and `decision`,
    declares honest. -#}
{% macro suspect_populations(relation, columns, text, decisions=none) -%}
    select
        {%- for column in columns %}
        populations.{{ column }},
        {%- endfor %}
        populations.ambiguous_shape,
        populations.ambiguous_kind
    from (
        {{ aam_inbound.number_populations(relation, columns, text) }}
    ) as populations
    where
        populations.is_suspect
        {%- if decisions %}
        and not exists (
            select 1
            from {{ decisions }} as decided
            where
                {%- for column in columns %}
                decided.{{ column }} = populations.{{ column }} and
                {%- endfor %}
                decided.shape = populations.ambiguous_shape
                and decided.kind = populations.ambiguous_kind
                and decided.decision = 'honest'
        )
        {%- endif %}
{%- endmacro %}
