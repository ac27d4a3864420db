{#- Refuses a row template that leaves open what a row means, with the two readings (O15). -#}
{% macro check_row_template(parts, where, blanks) -%}
    {%- set lists = ['SEGMENT_LIST', 'REMOVED_SEGMENT_LIST', 'TRAIT_LIST', 'DP_UUID_LIST'] -%}
    {%- if blanks not in ('', none, '1', '2') -%}
        {%- do exceptions.raise_compiler_error(
            where ~ ': blanks is ' ~ blanks ~ ', and takes 1 or 2: how many blanks a file has for each of the template.'
        ) -%}
    {%- endif -%}
    {%- for part in parts[:-1] -%}
        {%- set following = parts[loop.index] -%}
        {%- set after = parts[loop.index + 1] if loop.index + 1 < parts | length else none -%}
        {%- if part.kind == 'macro' and following.kind == 'macro' -%}
            {%- do exceptions.raise_compiler_error(
                where ~ ': nothing parts ' ~ part.name ~ ' and ' ~ following.name
                ~ ', so that nothing tells where one ends (O15). Ask Adobe for tabs between them.'
            ) -%}
        {%- endif -%}
        {%- if
            part.kind == 'macro' and part.name in lists and following.kind == 'text'
            and following.text | trim == '' and '\t' not in following.text
            and after is not none and after.name in lists and not blanks
        -%}
            {%- do exceptions.raise_compiler_error(
                where ~ ': blanks part ' ~ part.name ~ ' and ' ~ after.name ~ ', and Adobe writes one or two of them.\n'
                ~ 'Of a row such as `<ID>  25,28` there are two readings, which are opposites (O15):\n'
                ~ '  blanks = 1: an empty ' ~ part.name ~ ', and 25 and 28 in ' ~ after.name ~ '\n'
                ~ '  blanks = 2: 25 and 28 in ' ~ part.name ~ '\n'
                ~ 'Ask Adobe for tabs between them, or write which it is into the column blanks of aam_destinations.'
            ) -%}
        {%- endif -%}
        {%- if following.kind == 'if' and after is not none and part.item == after.item -%}
            {%- do exceptions.raise_compiler_error(
                where ~ ': entries of ' ~ part.name ~ ' and ' ~ after.name ~ ' look alike, and nothing parts them where'
                ~ ' one is empty. Of such a row there are two readings (O15): all of it in ' ~ part.name ~ ', or in '
                ~ after.name ~ '. Ask Adobe for tabs between them.'
            ) -%}
        {%- endif -%}
        {%- set separator = part.separator or ',' if part.kind == 'macro' and part.name in lists else none -%}
        {%- if separator and following.kind == 'text' and following.text[0] == separator[0] -%}
            {%- do exceptions.raise_compiler_error(
                where ~ ': ' ~ part.name ~ ' is followed by what also parts its entries, ' ~ tojson(separator)
                ~ ': an entry behind it may be of the list, or of what comes next (O15). Ask Adobe for another'
                ~ ' separator.'
            ) -%}
        {%- endif -%}
    {%- endfor -%}
{%- endmacro %}
