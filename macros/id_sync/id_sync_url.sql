{#- SQL expression: the URL by which AAM learns that the visitor who calls it has an ID (I1); the same URL serves as the
    image of an e-mail.

    `dpid` is a number, or a SQL expression; `dpuuid`, `redirect` (to come back to; `${DD_UUID}` in it stands for the
    AAM UUID), `gdpr` (0 or 1) and `gdpr_consent` are SQL expressions, but a `redirect` that begins with http:// or
    https:// and a `gdpr` of 0 or 1 are taken as they stand. IDs are percent-encoded here, and nowhere else (U4).

    NULL where there is no ID, and where a row has one of the two GDPR parameters and not the other: no URL is better
    than a wrong one. A row without `redirect` has no such parameter. Stops where one of the GDPR parameters is given
    alone. -#}
{% macro id_sync_url(dpid, dpuuid, redirect=none, gdpr=none, gdpr_consent=none) -%}
    {%- if (gdpr is none) != (gdpr_consent is none) -%}
        {{ exceptions.raise_compiler_error(
            'id_sync_url: ' ~ ('gdpr_consent' if gdpr is none else 'gdpr') ~ ' is given without '
            ~ ('gdpr' if gdpr is none else 'gdpr_consent') ~ ': AAM takes both or neither (I1)'
        ) }}
    {%- endif -%}
    {%- if modules.re.match('[0-9]+$', dpid | string) -%}
        {%- if (dpid | string).startswith('0') -%}
            {{ exceptions.raise_compiler_error('id_sync_url: ' ~ dpid ~ ' is no DPID of a data source of yours (I1)') }}
        {%- endif -%}
        {%- set dpid = "'" ~ dpid ~ "'" -%}
    {%- endif -%}
    {%- if redirect is not none and modules.re.match('https?://', redirect) -%}
        {%- set redirect = aam_inbound.text_literal(redirect) -%}
    {%- endif -%}
    {%- if gdpr is not none -%}
        {%- if modules.re.match('-?[0-9]+$', gdpr | string) and gdpr | string not in ('0', '1') -%}
            {{ exceptions.raise_compiler_error('id_sync_url: gdpr is ' ~ gdpr ~ ', and can be 0 or 1 (I1)') }}
        {%- endif -%}
        {%- set gdpr -%} cast({{ gdpr }} as {{ dbt.type_string() }}) {%- endset -%}
    {%- endif -%}
    {%- set given_id -%} nullif({{ dpuuid }}, '') {%- endset -%}
    {%- set given_redirect -%} nullif({{ redirect }}, '') {%- endset -%}
    {%- set given_consent -%} nullif({{ gdpr_consent }}, '') {%- endset -%}
    'https://dpm.demdex.net/ibs:dpid=' || {{ dpid }} || '&dpuuid=' || {{ aam_inbound.url_encoded(given_id) }}
    {%- if redirect is not none %}
    || coalesce('&redir=' || {{ aam_inbound.url_encoded(given_redirect) }}, '')
    {%- endif %}
    {%- if gdpr is not none %}
    || case
        when {{ gdpr }} is null and {{ gdpr_consent }} is null then ''
        when {{ gdpr }} in ('0', '1')
            then '&gdpr=' || {{ gdpr }} || '&gdpr_consent=' || {{ aam_inbound.url_encoded(given_consent) }}
    end
    {%- endif %}
{%- endmacro %}
