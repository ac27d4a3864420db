{#- Query: the populations (values of `columns`) whose members of one ambiguous shape nearly all pass the check of one
    kind of personal data: `columns`, `ambiguous_shape`, `ambiguous_kind`.

    `relation` has `columns`, ambiguous_shape and ambiguous_kind (see the macros pii_ambiguous_…), a row a distinct
    value. Fewer than three that pass are no population: a random ID passes one time in twenty-five. -#}
{% macro suspect_populations(relation, columns) -%}
    select
        {%- for column in columns %}
        {{ column }},
        {%- endfor %}
        ambiguous_shape,
        ambiguous_kind
    from (
        select
            {%- for column in columns %}
            {{ column }},
            {%- endfor %}
            ambiguous_shape,
            ambiguous_kind,
            count(*) as kind_members,
            sum(count(*)) over (partition by {{ columns | join(', ') }}, ambiguous_shape) as shape_members
        from {{ relation }}
        where ambiguous_shape is not null
        group by {{ columns | join(', ') }}, ambiguous_shape, ambiguous_kind
    ) as counted
    where
        ambiguous_kind is not null
        and kind_members >= 3
        and kind_members >= {{ aam_inbound.pii_population_share() }} * shape_members
{%- endmacro %}
