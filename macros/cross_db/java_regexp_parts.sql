{#- How a regular expression in the subset of regexp_contains is taken apart and spelled for Java, where Spark runs:

    - `part`: what matches one part after the other: a bracket class, an escaped character, a repetition, a character.
    - `written`: what a part becomes. Java's `$` matches before a last line end too, its dot at no line end of
      Unicode's, and a brace must belong to a repetition.
    - `special`: inside of a bracket class, what Java reads as an operator: `[a[b]]`, `[a&&b]`. -#}
{% macro java_regexp_parts() -%}
    {{ return({
        'part': '(?s)\\[\\^?\\]?(?:\\\\.|[^\\]\\\\])*\\]|\\\\.|\\{[0-9]+(?:,[0-9]*)?\\}|.',
        'written': {'$': '\\z', '.': '[^\n]', '{': '\\{'},
        'special': '(?<!\\\\)((?:\\\\\\\\)*)([\\[\\]&])',
    }) }}
{%- endmacro %}
