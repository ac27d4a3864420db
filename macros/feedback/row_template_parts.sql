{#- The parts of a row template, in their order, as dicts: `kind` is `text` (text), `if` (text that stands only where
    both lists have entries), or `macro` (name, item and variable of a list with arguments, separator). -#}
{% macro row_template_parts(template, where) -%}
    {%- set characters = {
        'TAB': '\t', 'COMMA': ',', 'ASCII_SOH': '\x01', 'OPEN_CURLY_BRACKET': '{', 'CLOSE_CURLY_BRACKET': '}',
        'NEW_LINE': '',
    } -%}
    {%- set plain = namespace(text=template) -%}
    {%- for name, character in characters.items() -%}
        {%- set plain.text = modules.re.sub('<\\s*' ~ name ~ '\\s*>', character, plain.text) -%}
    {%- endfor -%}
    {%- set plain.text = modules.re.sub('\\\\([{}<>])', '\\1', plain.text) -%}
    {%- set argument = '<(?P<list>[A-Z_]+)\\s*:\\s*[{]\\s*(?P<variable>\\w+)\\s*[|](?P<item>.*?)[}]\\s*'
        ~ '(?:;\\s*separator\\s*=\\s*"(?P<separated>[^"]*)"\\s*)?>' -%}
    {%- set condition = '<?if\\s*[(]\\s*\\w+\\s*&&\\s*\\w+\\s*[)]>?(?P<optional>.*?)<?endif>?' -%}
    {%- set bare = '<(?P<name>[A-Z_]+)\\s*'
        ~ '(?:;\\s*(?:separator|format)\\s*=\\s*(?:"(?P<quoted>[^"]*)"|(?P<word>\\w+))\\s*)?>' -%}
    {%- set parts = [] -%}
    {%- set done = namespace(at=0) -%}
    {%- for found in modules.re.finditer(argument ~ '|' ~ condition ~ '|' ~ bare, plain.text) -%}
        {%- if found.start() > done.at -%}
            {%- do parts.append({'kind': 'text', 'text': plain.text[done.at:found.start()]}) -%}
        {%- endif -%}
        {%- set done.at = found.end() -%}
        {%- set said = found.groupdict() -%}
        {%- if said.optional is not none -%}
            {%- do parts.append({'kind': 'if', 'text': said.optional}) -%}
        {%- elif said.list -%}
            {%- do parts.append({
                'kind': 'macro', 'name': said.list, 'item': said.item, 'variable': said.variable,
                'separator': said.separated,
            }) -%}
        {%- else -%}
            {%- set separator = said.quoted if said.quoted is not none
                else characters.get(said.word, said.word) -%}
            {%- do parts.append({'kind': 'macro', 'name': said.name, 'item': none, 'separator': separator}) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if done.at < plain.text | length -%}
        {%- do parts.append({'kind': 'text', 'text': plain.text[done.at:]}) -%}
    {%- endif -%}
    {%- set known = [
        'UUID', 'MCID', 'DP_UUID', 'DP_UUID_LIST', 'DPUUIDS', 'DPID', 'ORDER_ID', 'PID', 'PIDALIAS', 'PID_ALIAS',
        'SYNC_MODE', 'SYNC_TYPE', 'SEGMENT_LIST', 'REMOVED_SEGMENT_LIST', 'TRAIT_LIST', 'SET_ATTRIBUTES',
        'OUTPUT_ATTRIBUTE_VALUE', 'OUTPUT_ATTRIBUTE_TYPE', 'OPT_OUT',
    ] -%}
    {%- for part in parts -%}
        {%- if part.kind == 'macro' and part.name not in known -%}
            {%- do exceptions.raise_compiler_error(
                where ~ ' has <' ~ part.name ~ '>, which no row has (O16). There are ' ~ known | join(', ') ~ '.'
            ) -%}
        {%- elif part.kind == 'text' and modules.re.search('<|>', part.text) -%}
            {%- do exceptions.raise_compiler_error(
                where ~ ' has a part that is not understood: ' ~ part.text ~ '. Write it as Adobe entered it (O16).'
            ) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(parts) }}
{%- endmacro %}
