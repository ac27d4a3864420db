{#- Query: the populations of number_populations that are too likely to be people's numbers: `columns`,
    `ambiguous_shape`, `ambiguous_kind`. Not those that a row of `decisions`, with the same columns and `decision`,
    declares honest.

    Where one kind of a shape is suspect the others are too: a card number may pass as a mobile number as well. -#}
{% macro suspect_populations(relation, columns, text, decisions=none) -%}
    select
        {%- for column in columns %}
        {{ column }},
        {%- endfor %}
        ambiguous_shape,
        ambiguous_kind
    from (
        select
            undecided.*,
            max(case when undecided.is_suspect then 1 else 0 end)
                over (partition by {{ columns | join(', ') }}, ambiguous_shape) as suspect_kinds
        from (
            select populations.*
            from (
                {{ aam_inbound.number_populations(relation, columns, text) }}
            ) as populations
            {%- if decisions %}
            where not exists (
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
        ) as undecided
    ) as compared
    where suspect_kinds = 1
{%- endmacro %}
