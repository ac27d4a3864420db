"""Adds lines to a YAML file of the user's, which keeps every byte that it had: comments, order, quotes, line ends.

The file is read by the parser that dbt uses, which says where things end; lines are inserted there, and the result is
read again and compared with what was to come out. Where that can't be had, the person is told which lines to write.
"""

from __future__ import annotations

import bisect
import textwrap
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from aam_export.errors import ConfigurationError

Keys = tuple[str, ...]


def add_missing(text: str, template: str, *, file: str, skip: Callable[[Keys], bool] = lambda keys: False) -> str:
    """The text with all entries of the mapping `template` that it lacks, each with the comment above it.

    Mappings are merged entry by entry; whatever else is there stays as it is, and `skip` says of an entry, by its keys
    from the root on, that it is not wanted. A key `+x` is there where `x` is, as in dbt_project.yml. Raises
    ConfigurationError, with the lines to write by hand, where lines can't be inserted.
    """
    document = _Document(text, file)
    wanted = _Document(template, "template")
    pieces = list(_missing(document, wanted, document.root, wanted.root, (), skip))
    result = document.with_pieces(pieces)
    _compare(result, _merged(document.content, wanted.content, (), skip), file, pieces)
    return result


def add_item(text: str, key: str, item: str, *, file: str) -> str:
    """The text with one more item, as YAML without its dash, at the end of the list under the top-level `key`."""
    document = _Document(text, file)
    template = f"{key}:\n{textwrap.indent('- ' + textwrap.indent(item, '  ')[2:], '  ')}"
    wanted = _Document(template, "template")
    found = document.find(document.root, key)
    if found is None:
        pieces = [document.at_end(template)]
    else:
        pieces = [document.below(found, (key,), wanted.lines_of(wanted.root.value[0][1]))]
    result = document.with_pieces(pieces)
    content = document.content
    _compare(result, {**content, key: [*(content.get(key) or ()), *wanted.content[key]]}, file, pieces)
    return result


def add_word(text: str, keys: tuple[str, int, str], word: str, before: str, *, file: str) -> str:
    """The text with one more word in a list of words, before another: in brackets, or on a line of its own.

    `keys` lead to the list: a top-level key, the number of an item there, a key of that. Raises ConfigurationError,
    with the lines to write by hand, where it can't be inserted.
    """
    document = _Document(text, file)
    top, number, inner = keys
    item = document.content[top][number]
    words = list(item[inner])
    expected = {**document.content, top: list(document.content[top])}
    expected[top][number] = {**item, inner: [*words[: words.index(before)], word, *words[words.index(before) :]]}
    by_hand = [
        _Piece(0, f"- {yaml.safe_dump(expected[top][number], default_flow_style=None, sort_keys=False)}", (top,))
    ]
    entry = document.find(document.root, top)
    node = entry[1].value[number] if entry else None
    found = document.find(node, inner) if isinstance(node, yaml.MappingNode) else None
    place = next((node for node in found[1].value if node.value == before), None) if found else None
    if place is None:
        raise _refusal(f"{file}: `{top}:` does not take it", by_hand)
    index, column = place.start_mark.index, place.start_mark.column
    line = text[index - column : index]
    if line.strip() == "-":
        result = text[: index - column] + line + word + _newline(text) + text[index - column :]
    else:
        result = f"{text[:index]}{word}, {text[index:]}"
    _compare(result, expected, file, by_hand)
    return result


@dataclass(frozen=True)
class _Piece:
    """Lines to be inserted at an index of the text. `instead_of` is where `{}`, `[]` or `null` stands, which goes."""

    index: int
    lines: str
    where: Keys = ()
    instead_of: tuple[int, int] | None = None


class _Document:
    """A YAML text, its nodes with their places, and its content."""

    def __init__(self, text: str, file: str) -> None:
        self.text = text
        self.file = file
        try:
            loader = yaml.SafeLoader(text)
            node = loader.get_single_node()
            self.content = yaml.safe_load(text) or {}
            # Some tokens stand where no character does: where a block ends, for one.
            self._ends: list[int] = [
                token.end_mark.index
                for token in yaml.scan(text, yaml.SafeLoader)
                if token.start_mark.index < token.end_mark.index
            ]
        except yaml.YAMLError as error:
            raise ConfigurationError(
                f"{file} is not valid YAML: {error}", hint="mend the file; dbt needs it too"
            ) from error
        if node is not None and not isinstance(node, yaml.MappingNode):
            raise ConfigurationError(f"{file} holds no settings", hint="mend the file; dbt needs it too")
        self.root: yaml.MappingNode = node or yaml.MappingNode("tag:yaml.org,2002:map", [])

    @staticmethod
    def find(mapping: yaml.MappingNode, key: str) -> tuple[yaml.Node, yaml.Node] | None:
        """The entry of a key; of several, the last, which is the one that counts."""
        for entry in reversed(mapping.value):
            if str(entry[0].value).lstrip("+") == key.lstrip("+"):
                return entry[0], entry[1]
        return None

    def end_of(self, node: yaml.Node) -> int:
        """Behind the last character of a node; the parser's own mark is where the next one begins."""
        place = bisect.bisect_right(self._ends, node.end_mark.index)
        return self._ends[place - 1]

    def next_line(self, index: int) -> int:
        """Where the line after the one of this index begins, or the end of the text."""
        if index and self.text[index - 1] == "\n":  # behind a block of text, which ends with its line
            return index
        found = self.text.find("\n", index)
        return len(self.text) if found < 0 else found + 1

    def lines_of(self, node: yaml.Node) -> str:
        """A collection's lines, from its column on."""
        start = node.start_mark.index - node.start_mark.column
        return textwrap.dedent(self.text[start : self.next_line(self.end_of(node))])

    def entry_lines(self, mapping: yaml.MappingNode, number: int) -> str:
        """An entry's lines and the blank lines and comments above it, from the mapping's column on."""
        start = 0
        if number:
            start = self.next_line(self.end_of(mapping.value[number - 1][1]))
        elif mapping is not self.root:
            first = mapping.value[0][0].start_mark
            start = first.index - first.column
            while self.text[:start].rsplit("\n", 2)[-2].lstrip().startswith("#"):
                start = self.text.rfind("\n", 0, start - 1) + 1
        return textwrap.dedent(self.text[start : self.next_line(self.end_of(mapping.value[number][1]))])

    def at_end(self, lines: str) -> _Piece:
        lines = lines.lstrip("\n")
        return _Piece(len(self.text), f"\n{lines}" if self.text.strip() else lines)

    def below(self, entry: tuple[yaml.Node, yaml.Node], where: Keys, lines: str) -> _Piece:
        """At the end of an entry's block. Raises ConfigurationError where it is no block that can be added to."""
        key, value = entry
        if value.start_mark.index < key.end_mark.index:
            raise self.refusal(key, where, lines, "is an alias (*)")
        if _is_empty(value) or not value.value:  # nothing, null, {} or []
            span = (value.start_mark.index, value.end_mark.index)
            return _Piece(self.next_line(span[1]), _indented(lines, key.start_mark.column + 2), where, span)
        if not isinstance(value, yaml.CollectionNode):
            raise self.refusal(key, where, lines, f"is {value.value!r}")
        if value.flow_style:
            raise self.refusal(key, where, lines, "is written in brackets")
        first = value.value[0]
        column = value.start_mark.column if isinstance(value, yaml.SequenceNode) else first[0].start_mark.column
        return _Piece(self.next_line(self.end_of(value)), _indented(lines, column), where)

    def refusal(self, key: yaml.Node, where: Keys, lines: str, why: str) -> ConfigurationError:
        place = f"{self.file}, line {key.start_mark.line + 1}: `{': '.join(where)}:`"
        return _refusal(f"{place} {why}", [_Piece(0, lines, where)])

    def with_pieces(self, pieces: list[_Piece]) -> str:
        newline, end = _newline(self.text), len(self.text)
        ends_amid_line = self.text and not self.text.endswith("\n") and any(piece.index == end for piece in pieces)
        result = self.text + newline if ends_amid_line else self.text
        places = [len(result) if piece.index == end else piece.index for piece in pieces]
        # From the end on, so that places stay right; of one place, the last piece first.
        for index, _, piece in sorted(zip(places, range(len(pieces)), pieces, strict=True), reverse=True):
            result = result[:index] + piece.lines.replace("\n", newline) + result[index:]
            if piece.instead_of:
                start, stop = piece.instead_of
                result = result[:start].rstrip(" ") + result[stop:]
        return result


def _missing(
    document: _Document,
    wanted: _Document,
    mapping: yaml.MappingNode,
    template: yaml.MappingNode,
    where: Keys,
    skip: Callable[[Keys], bool],
    entry: tuple[yaml.Node, yaml.Node] | None = None,
) -> Iterator[_Piece]:
    """What `mapping` lacks of `template`: one piece a place."""
    lines = ""
    for number, (key, value) in enumerate(template.value):
        path = (*where, str(key.value))
        if skip(path):
            continue
        found = document.find(mapping, str(key.value))
        if found is None:
            lines += wanted.entry_lines(template, number)
        elif isinstance(value, yaml.MappingNode) and (isinstance(found[1], yaml.MappingNode) or _is_empty(found[1])):
            inner = found[1] if isinstance(found[1], yaml.MappingNode) else yaml.MappingNode("", [])
            yield from _missing(document, wanted, inner, value, path, skip, found)
    if lines and entry is None:
        yield document.at_end(lines)
    elif lines and entry is not None:
        yield document.below(entry, where, lines)


def _is_empty(node: yaml.Node) -> bool:
    return isinstance(node, yaml.ScalarNode) and node.tag == "tag:yaml.org,2002:null"


def _merged(content: Any, wanted: Any, where: Keys, skip: Callable[[Keys], bool]) -> Any:
    """What add_missing is to make of the content."""
    result = dict(content or {})
    spelt = {str(key).lstrip("+"): key for key in result}
    for key, value in wanted.items():
        path = (*where, key)
        if skip(path):
            continue
        known = spelt.get(key.lstrip("+"))
        if known is None:
            result[key] = value
        elif isinstance(value, Mapping) and (result[known] is None or isinstance(result[known], Mapping)):
            result[known] = _merged(result[known], value, path, skip)
    return result


def _compare(text: str, expected: Any, file: str, pieces: list[_Piece]) -> None:
    try:
        made = yaml.safe_load(text)
    except yaml.YAMLError:
        made = None
    if made != expected:
        raise _refusal(f"{file}: nothing can be added to it safely", pieces)


def _refusal(message: str, pieces: list[_Piece]) -> ConfigurationError:
    blocks = []
    for piece in pieces:
        lines = textwrap.dedent(piece.lines).strip("\n")
        for key in reversed(piece.where):
            lines = f"{key}:\n{textwrap.indent(lines, '  ')}"
        blocks.append(lines)
    return ConfigurationError(
        f"{message}; nothing was written",
        hint="have these lines in it, written by hand, and run `aam-export init` again:\n\n"
        + "\n\n".join(blocks)
        + "\n",
    )


def _indented(lines: str, column: int) -> str:
    return textwrap.indent(lines, " " * column)


def _newline(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"
