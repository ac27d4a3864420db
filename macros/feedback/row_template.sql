{#- What a row template of a destination (O14-O18) says, as a dict: `pattern` that a whole row must match; `columns`,
    name → {pattern whose first group is the column, `place` (its number where one character parts all columns, else
    none), `item` (of a list with arguments, the pattern of an entry, whose first group is what it names), `separator`};
    `parted_by` that character.

    Columns are user_id, segments, removed_segments, traits, dpuuids; other macros are checked and not kept. `blanks` is
    how many blanks a file has for each of the template. Raises a compiler error for a template that is wrong, or that
    leaves open what a row means (O15). -#}
{% macro row_template(destination_id, template, id_type, blanks) -%}
    {%- set where = 'aam_destinations: destination ' ~ destination_id ~ ': row_template ' ~ template -%}
    {%- set parts = aam_inbound.row_template_parts(template, where) -%}
    {%- do aam_inbound.check_row_template(parts, where, blanks) -%}
    {%- set wanted = aam_inbound.row_template_columns(parts, id_type, where) -%}
    {%- set literals = [] -%}
    {%- for part in parts if part.kind == 'text' -%}
        {%- do literals.append(part.text) -%}
    {%- endfor -%}
    {%- set lists = parts | selectattr('kind', 'equalto', 'if') | list -%}
    {%- set first, last = parts[0], parts[-1] -%}
    {#- What parts the entries of lists, or stands in one. -#}
    {%- set in_lists = [] -%}
    {%- for part in parts if part.kind == 'macro' -%}
        {%- do in_lists.append((part.item or '') ~ (part.separator or ('' if part.item else ','))) -%}
    {%- endfor -%}
    {%- set uniform = literals and literals | unique | list | length == 1 and literals[0] | length == 1
        and literals[0] != ' ' and literals[0] not in in_lists | join
        and not lists and first.kind == 'macro' and last.kind == 'macro' -%}
    {#- Pieces of the pattern, in their order: {text, name of the column or none}. -#}
    {%- set pieces = [] -%}
    {%- set columns = {} -%}
    {%- set place = namespace(number=0) -%}
    {%- for part in parts -%}
        {%- set following = parts[loop.index] if not loop.last else none -%}
        {%- if part.kind == 'text' -%}
            {#- Adobe writes one or two blanks where its template has one. -#}
            {%- set text = ' ' * (blanks or 1) | int if modules.re.match(' +$', part.text) else part.text -%}
            {%- do pieces.append({'text': aam_inbound.regexp_quoted(text), 'column': none}) -%}
        {%- elif part.kind == 'if' -%}
            {%- do pieces.append({'text': '(?:' ~ aam_inbound.regexp_quoted(part.text) ~ ')?', 'column': none}) -%}
        {%- else -%}
            {%- set place.number = place.number + 1 -%}
            {%- set ends = following.text[0] if following is not none and following.kind != 'macro'
                else literals[0] if uniform else '' -%}
            {%- set column = wanted.get(loop.index0) -%}
            {%- set form = aam_inbound.row_macro_pattern(part, ends, where) -%}
            {%- do pieces.append({'text': form.pattern, 'column': column}) -%}
            {%- if column -%}
                {%- do columns.update({column: {
                    'place': place.number if uniform else none,
                    'item': form.item,
                    'separator': form.separator,
                }}) -%}
            {%- endif -%}
        {%- endif -%}
    {%- endfor -%}
    {%- for name in columns -%}
        {%- set texts = ['^'] -%}
        {%- for piece in pieces -%}
            {%- do texts.append('(' ~ piece.text ~ ')' if piece.column == name else piece.text) -%}
        {%- endfor -%}
        {%- do columns[name].update({'pattern': texts | join ~ '$'}) -%}
    {%- endfor -%}
    {{ return({
        'pattern': '^' ~ pieces | map(attribute='text') | join ~ '$',
        'columns': columns,
        'parted_by': literals[0] if uniform else none,
    }) }}
{%- endmacro %}
