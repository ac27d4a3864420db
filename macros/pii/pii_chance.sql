{#- SQL expression: the share of random IDs of a shape that pass the check of a kind, at most; of no other kind and
    shape is there any (see pii_ambiguous_shape, pii_ambiguous_kind).

    Of cards, NIR and DNI that is their check; of a NINO the letters in use; of a Social Security number the numbers
    that are never issued; of phone numbers the ranges of mobile numbers among those that begin with the same digit. -#}
{% macro pii_chance(kind_expression, shape_expression) -%}
    case {{ kind_expression }}
        when 'payment_card' then 0.1
        when 'fr_nir' then 0.0104
        when 'es_dni' then 0.0435
        when 'uk_nino' then 0.09
        when 'us_ssn' then 0.89
        else
            case
                when {{ shape_expression }} like 'digits#_10#_%' escape '#' then 0.5
                when {{ shape_expression }} like 'digits#_11#_%' escape '#' then 0.36
                when {{ shape_expression }} = 'digits_3_3_3' then 0.3
                else 0.1
            end
    end
{%- endmacro %}
