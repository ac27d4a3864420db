{#- SQL expression: true where a pattern (of aam_signal_keys, the whole value matches it) accepts text in which a person
    may stand: it is tried on a name, an address, an e-mail address, and a phone number among words. What a pattern
    accepts can't be listed, so one that takes none of these may still be wide. -#}
{% macro accepts_text(pattern) -%}
    {%- set texts = [
        'Anna Smith',
        'anna smith',
        'ANNA SMITH',
        'Please call Anna Smith',
        'please call anna smith',
        '12 Main Street',
        '12 main street',
        'anna.smith@example.com',
        'call +1 (212) 555-0143 after six',
        'Anna Smith, 12 Main Street, Springfield, tel. 212-555-0143, anna.smith@example.com',
    ] -%}
    (
        {%- for text in texts %}
        {{ 'or ' if not loop.first }}{{ aam_inbound.regexp_full_match_column(
            "'" ~ text ~ "'", 'coalesce(' ~ pattern ~ ", '')"
        ) }}
        {%- endfor %}
    )
{%- endmacro %}
