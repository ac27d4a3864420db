{#- Query: the rows of `users` (data_source, user_id, signal_numbers: a list by sorted_numbers) as data_source, user_id
    and profile: the numbers' signals, joined as they stand on a line (L1).

    `signals` has signal_number, from 1 without a gap in the order of the signals' bytes, and signal. -#}
{% macro profiles_of_numbers(users, signals) -%}
    {{ return(adapter.dispatch('profiles_of_numbers', 'aam_inbound')(users, signals)) }}
{%- endmacro %}

{% macro default__profiles_of_numbers(users, signals) -%}
    select
        numbered.data_source,
        numbered.user_id,
        {{ aam_inbound.joined_signals('signals.signal') }} as profile
    from (
        select
            data_source,
            user_id,
            {{ aam_inbound.split_numbers('signal_numbers') }} as signal_number
        from {{ users }}
    ) as numbered
    inner join {{ signals }} as signals on numbered.signal_number = signals.signal_number
    group by numbered.data_source, numbered.user_id
{%- endmacro %}

{#- Sorting numbers and looking the texts up in one list takes half as long as sorting texts. That list is read again
    for every 2,048 users and stays in memory: where there are very many signals, texts are sorted after all, and
    where there are not, that part has nothing to join with and costs nothing. -#}
{% macro duckdb__profiles_of_numbers(users, signals) -%}
    {%- set most_listed = aam_inbound.most_listed_signals() -%}
    select
        {{ users }}.data_source,
        {{ users }}.user_id,
        array_to_string(list_select(listed.signals, {{ users }}.signal_numbers), ',') as profile
    from {{ users }}
    cross join (
        select list(signal order by signal_number) as signals
        from {{ signals }}
        having count(*) <= {{ most_listed }}
    ) as listed
    union all
    {{ aam_inbound.default__profiles_of_numbers(
        users, '(select * from ' ~ signals ~ ' where (select count(*) from ' ~ signals ~ ') > ' ~ most_listed ~ ')'
    ) }}
{%- endmacro %}
