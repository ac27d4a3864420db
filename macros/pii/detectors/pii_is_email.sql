{#- True where a normalised text holds an e-mail address, whatever stands around it.

    The sign may be percent-encoded, escaped (\u0040), an HTML entity or spelled (at), with blanks around it; the domain
    may be internationalised or an IP address. `name@host` without a dot counts when it is the whole text; an Adobe
    organisation ID (`…@AdobeOrg`) is none, nor is a handle such as `@name`. -#}
{% macro pii_is_email(text) -%}
    {%- set spelled = '(at?|ät|arroba)' -%}
    {%- set escaped = '[^0-9a-z _-](u00|x)40' -%}
    {%- set at = '(@+|%(25)*40|&#0*64;|&#x0*40;|&commat;|' ~ escaped ~ '|[[({<] ?(@|' ~ spelled ~ ') ?[])}>])' -%}
    {%- set dot = '([.]+|%(25)*2e| [.] | ?[[({<] ?(dot|[.]) ?[])}>] ?)' -%}
    {%- set letter = '([a-z]|[^ -~])' -%}
    {%- set label = '([0-9a-z_-]|[^ -~])' -%}
    {%- set domain = '(' ~ label ~ '+' ~ dot ~ ')+' ~ letter ~ label ~ '+' -%}
    {%- set address = '[[]?(ipv6:[0-9a-f:.]+|[0-9]{1,3}([.][0-9]{1,3}){3})' -%}
    {%- set in_words = '[^ ] at (' ~ label ~ '+ dot )+' ~ letter ~ label -%}
    {%- set in_joined_words = '[_-]at[_-](' ~ label ~ '+[_-]dot[_-])+' ~ letter ~ label -%}
    {%- set may_be = '@|%(25)*40|&(#|c)|' ~ escaped ~ '|[[({<] ?' ~ spelled ~ ' ?[])}>]|[ _-]at[ _-]' -%}
    {%- set written = '[^ @] *' ~ at ~ ' *(' ~ domain ~ '|' ~ address ~ ')' -%}
    case
        when {{ aam_inbound.regexp_contains(text, may_be) }}
            then {{ aam_inbound.regexp_contains(text, [written, in_words, in_joined_words] | join('|')) }}
                or {{ aam_inbound.regexp_full_match(text, '[^ @]+( |_)at( |_)(' ~ label ~ '+[.])+' ~ letter ~ '{2,}') }}
                or (
                    {{ aam_inbound.regexp_full_match(text, '[^ @]+@[a-z][0-9a-z-]{3,}') }}
                    and not {{ aam_inbound.regexp_contains(text, '@adobeorg$') }}
                )
        else false
    end
{%- endmacro %}
