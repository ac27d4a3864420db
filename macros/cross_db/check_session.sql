{#- Refuses a session in which moments would be written down as others than they are. -#}
{% macro check_session() %}
    {%- do adapter.dispatch('check_session', 'aam_inbound')() -%}
{% endmacro %}

{% macro default__check_session() %}
{% endmacro %}

{% macro spark__check_session() %}
    {%- set zone = run_query('select current_timezone()').rows[0][0] -%}
    {%- if zone not in ('UTC', 'Etc/UTC', 'Z', 'GMT', '+00:00') -%}
        {%- set advice -%}
The session of Spark has the time zone {{ zone }}; the ledger's moments, and those that aam-export compares with them,
are in UTC. Write into the target in profiles.yml:

server_side_parameters:
  spark.sql.session.timeZone: UTC
        {%- endset -%}
        {%- do exceptions.raise_compiler_error(advice) -%}
    {%- endif -%}
{% endmacro %}
