{#- Query: the populations (values of `columns`) of IDs of one ambiguous shape, by the kind of personal data whose check
    some of them pass: `columns`, `ambiguous_shape`, `ambiguous_kind`, `ids`, `passing_ids`, `chance_ids` (how many
    would by chance) and `is_suspect`.

    `relation` has `columns`, `text`, ambiguous_shape and ambiguous_kind (see the macros pii_ambiguous_…), a row a
    distinct value. Suspect are three or more that pass, where they are more than half of their shape (of phone and
    Social Security numbers that is nothing rare) or where chance would let so many pass less than once in a thousand
    populations, by Chernoff's bound: P(X >= k) <= exp(-n D), D the divergence of k/n from the chance; ln(1000) is 6.91.
    The probability itself is a fifth to a tenth of the bound.

    A random nine-digit number is a Social Security number nine times in ten: of these the bound is all that counts, and
    they begin with every digit but 9, as people's do and numbers that were counted up do not. -#}
{% macro number_populations(relation, columns, text) -%}
    {%- set keys = columns | join(', ') -%}
    select
        *,
        coalesce(
            passing_ids >= 3
            and (
                (2 * passing_ids > ids and ambiguous_kind not in ('phone', 'us_ssn'))
                or (
                    passing_ids > chance_ids
                    and (ambiguous_kind <> 'us_ssn' or first_digits = 9)
                    and passing_ids * ln(passing_ids / chance_ids)
                    + case
                        when passing_ids < ids
                            then (ids - passing_ids) * ln((ids - passing_ids) / (ids - chance_ids))
                        else 0
                    end
                    > 6.91
                )
            ),
            false
        ) as is_suspect
    from (
        select
            {{ keys }},
            ambiguous_shape,
            ambiguous_kind,
            cast(shape_members as {{ dbt.type_float() }}) as ids,
            cast(kind_members as {{ dbt.type_float() }}) as passing_ids,
            cast(shape_members * {{ aam_inbound.pii_chance('ambiguous_kind', 'ambiguous_shape') }}
                as {{ dbt.type_float() }}) as chance_ids,
            first_digits
        from (
            select
                {{ keys }},
                ambiguous_shape,
                ambiguous_kind,
                count(*) as kind_members,
                count(distinct case when ambiguous_kind = 'us_ssn' then substr({{ text }}, 1, 1) end) as first_digits,
                sum(count(*)) over (partition by {{ keys }}, ambiguous_shape) as shape_members
            from {{ relation }}
            where ambiguous_shape is not null
            group by {{ keys }}, ambiguous_shape, ambiguous_kind
        ) as counted
        where ambiguous_kind is not null
    ) as compared
{%- endmacro %}
