{#- What a macro of a row template gives, as a dict: `pattern` (without groups that catch), and of a list `item`, the
    pattern of an entry whose first group is what it names (none where entries are bare), and `separator`. `ends` is the
    character that comes next in the row, or that parts all of its columns: the macro's own text can't have it. It is
    empty at the end of other rows. -#}
{% macro row_macro_pattern(part, ends, where) -%}
    {%- set not_here = '\t' ~ (ends if ends not in (' ', '\t') else '') -%}
    {%- set lists = ['SEGMENT_LIST', 'REMOVED_SEGMENT_LIST', 'TRAIT_LIST'] -%}
    {%- if part.name not in lists -%}
        {%- set inside = '[^' ~ aam_inbound.regexp_quoted(not_here ~ (' ' if ends == ' ' else '')) ~ ']' -%}
        {#- An ID of a customer may have blanks inside, also where one ends it: single ones, and none at an edge,
            where no ID has one (U5). More of them would be read as a part of it, and it as another person's. -#}
        {%- set id = inside ~ '+(?: ' ~ inside ~ '+)*' if ends == ' ' and part.name == 'DP_UUID' else inside ~ '+' -%}
        {%- set digits = ['PID', 'DPID', 'ORDER_ID', 'SET_ATTRIBUTES', 'OUTPUT_ATTRIBUTE_VALUE', 'OPT_OUT'] -%}
        {{ return({
            'pattern': '[0-9]*' if part.name in digits
                else '[[][^\t]*[]]' if part.name == 'DPUUIDS'
                else id if part.name in ('UUID', 'MCID', 'DP_UUID')
                else inside ~ '*',
            'item': none,
            'separator': none,
        }) }}
    {%- endif -%}
    {%- set separator = part.separator or '' -%}
    {%- set item = part.item -%}
    {%- if item is none -%}
        {%- set separator = separator or ',' -%}
        {%- set entry = '[^ ,\r' ~ aam_inbound.regexp_quoted(not_here ~ separator) ~ ']+' -%}
        {{ return({
            'pattern': '(?:' ~ entry ~ '(?:' ~ aam_inbound.regexp_quoted(separator) ~ entry ~ ')*)?',
            'item': none if separator == ',' else '(' ~ entry ~ ')',
            'separator': separator,
        }) }}
    {%- endif -%}
    {#- Without a separator, what an entry ends with parts it from the next; the last one may lack it. -#}
    {%- if not separator -%}
        {%- set ending = modules.re.search('>([^<>]+)$', item) -%}
        {%- if not ending -%}
            {%- do exceptions.raise_compiler_error(
                where ~ ': nothing parts the entries of ' ~ part.name ~ ' (O17). Write its separator.'
            ) -%}
        {%- endif -%}
        {%- set separator = ending[1] -%}
        {%- set item = item[:item | length - separator | length] -%}
    {%- endif -%}
    {%- set digits = ['sid', 'traitId', 'segmentId', 'csegid', 'type'] -%}
    {%- set moments = ['lastUpdateTime', 'lastRealizationTime', 'lastRealized'] -%}
    {%- set names = ['alias', 'sid', 'traitId', 'segmentId', 'csegid'] -%}
    {%- set said = [] -%}
    {%- for name in modules.re.findall('<\\s*' ~ part.variable ~ '[.](\\w+)\\s*>', item) -%}
        {%- do said.append(name) -%}
        {%- if name not in digits + moments + ['alias'] -%}
            {%- do exceptions.raise_compiler_error(
                where ~ ': ' ~ part.name ~ ' has the argument ' ~ name ~ ', which is none (O17). There are '
                ~ (names + ['type'] + moments) | join(', ') ~ '.'
            ) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- set key = names | select('in', said) | list -%}
    {%- if not key -%}
        {%- do exceptions.raise_compiler_error(
            where ~ ': no argument of ' ~ part.name ~ ' says which it is: ' ~ names | join(', ') ~ ' (O17).'
        ) -%}
    {%- endif -%}
    {%- set pieces = {'whole': [], 'caught': []} -%}
    {%- for text in modules.re.split('(<[^<>]*>)', item) if text -%}
        {%- set argument = modules.re.match('<\\s*\\w+[.](\\w+)\\s*>$', text) -%}
        {%- if argument -%}
            {%- set form =
                '[^"|&,:;\t{} ]+' if argument[1] == 'alias'
                else '[0-9]*' if argument[1] in moments
                else '[0-9]+'
            -%}
            {%- do pieces.whole.append(form) -%}
            {%- do pieces.caught.append('(' ~ form ~ ')' if argument[1] == key[0] else form) -%}
        {%- else -%}
            {%- set form =
                '1' if text in ('<OUTPUT_ATTRIBUTE_VALUE>', '<SET_ATTRIBUTES>')
                else aam_inbound.regexp_quoted(text)
            -%}
            {%- do pieces.whole.append(form) -%}
            {%- do pieces.caught.append(form) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- set entry, between = pieces.whole | join, aam_inbound.regexp_quoted(separator) -%}
    {{ return({
        'pattern': '(?:' ~ entry ~ '(?:' ~ between ~ entry ~ ')*(?:' ~ between ~ ')?)?',
        'item': pieces.caught | join,
        'separator': separator,
    }) }}
{%- endmacro %}
