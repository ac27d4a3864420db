{#- What: every value is a SHA-256 hash in 64 lowercase hex digits (U7), and not that of the empty text nor zeros (U8).
    NULL fails.
    Why: AAM matches hashes byte for byte and can not tell a wrong one from an unknown person.
    How to mend: use the macro hash_email on the raw address: it trims and lowercases first. Whether the hash was taken
    of the right text is checked by inbound_checked_ids, where the raw column is tagged contains_pii.
    Options: none. -#}
{% test hashed_email(model, column_name) %}
{{ aam_inbound.test_id_format(model, column_name, id_type='hashed_email') }}
{% endtest %}
