{#- Why a row of an outbound file is refused: slug, rule and what is wrong, in the order in which they apply. -#}
{% macro outbound_reject_reasons() -%}
    {{ return([
        ('row_does_not_fit', 'O14', 'a row that its template does not make'),
        ('user_id_format', 'O4', 'an ID of another form than the id_type of its destination, or blanks at an edge'),
        ('segment_in_both_lists', 'O36', 'a segment that the user is in and has left'),
    ]) }}
{%- endmacro %}
