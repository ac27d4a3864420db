{#- Whether a run of aam-export may be at work: Jinja's true or false. -#}
{% macro is_lease_held() -%}
    {%- set held_sql -%}
        select count(*) from {{ aam_inbound.ledger_table('aam_leases') }}
        where expires_at > {{ aam_inbound.aam_now() }}
    {%- endset -%}
    {{ return(run_query(held_sql).rows[0][0] > 0) }}
{%- endmacro %}
