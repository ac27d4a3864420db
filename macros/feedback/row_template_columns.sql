{#- Number of a part of a row template → the column that is taken from it. Which of several IDs is the user's follows
    from the destination's ID type, which its user has declared: the name of a macro may lie (O4). -#}
{% macro row_template_columns(parts, id_type, where) -%}
    {%- set ids = {
        'aam_uuid': ['UUID', 'DP_UUID', 'MCID'],
        'ecid': ['MCID', 'DP_UUID', 'UUID'],
    }.get(id_type, ['DP_UUID', 'UUID', 'MCID']) -%}
    {%- set named = {
        'SEGMENT_LIST': 'segments', 'REMOVED_SEGMENT_LIST': 'removed_segments', 'TRAIT_LIST': 'traits',
        'DPUUIDS': 'dpuuids',
    } -%}
    {%- set places = {} -%}
    {%- for part in parts -%}
        {%- if part.kind == 'macro' and part.name in places -%}
            {%- do exceptions.raise_compiler_error(where ~ ' has ' ~ part.name ~ ' twice (O16).') -%}
        {%- elif part.kind == 'macro' -%}
            {%- do places.update({part.name: loop.index0}) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- set present = ids | select('in', places) | list -%}
    {%- if not present -%}
        {%- do exceptions.raise_compiler_error(
            where ~ ' has no ID of a user: UUID, MCID or DP_UUID (O16). Nothing can be told of whom a row is.'
        ) -%}
    {%- endif -%}
    {%- set wanted = {places[present[0]]: 'user_id'} -%}
    {%- for name, column in named.items() if name in places -%}
        {%- do wanted.update({places[name]: column}) -%}
    {%- endfor -%}
    {{ return(wanted) }}
{%- endmacro %}
