"""Which columns of other relations the values of a SELECT statement's columns come from.

A value flows from what an expression returns, not from what it only looks at: the results of a CASE and not its
conditions, the argument of string_agg and not its order; nothing flows through a comparison, a count or SHA-2.
Whatever is not known to stop a value lets it through, and a column that can't be resolved may be any of the relations
it could be of.

It is one long file because SQL is one language: nearly every method of the reader may come to every other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import sqlglot
from sqlglot import exp


class ColumnRef(NamedTuple):
    """A column of a node of dbt's graph, its name in lower case; `*` is all of the node's columns."""

    node: str
    column: str


Flows = frozenset[ColumnRef]
NOTHING: Flows = frozenset()


@dataclass(frozen=True)
class Columns:
    """What a relation has: its named columns in order, and `rest`, what columns not named here may hold.

    `rest` is None where all columns are known.
    """

    named: tuple[tuple[str, Flows], ...] = ()
    rest: Flows | None = None

    def get(self, name: str) -> Flows | None:
        found = [flows for known, flows in self.named if known == name]
        return frozenset().union(*found) if found else None

    def holds(self, name: str) -> Flows:
        """What a column holds that need not be named here."""
        found = self.get(name)
        return (self.rest or NOTHING) if found is None else found

    def everything(self) -> Flows:
        return (self.rest or NOTHING).union(*(flows for _, flows in self.named))

    def renamed(self, names: list[str]) -> Columns:
        """As `t (a, b)` names the columns of t."""
        if not names:
            return self
        if self.rest is not None:
            return Columns(tuple((name, self.everything()) for name in names), self.everything())
        kept = self.named[len(names) :]
        return Columns((*((name, flows) for name, (_, flows) in zip(names, self.named, strict=False)), *kept))


def unknown(flows: Flows) -> Columns:
    """A relation of which only is known where all its values come from."""
    return Columns((), flows)


def either(candidates: Sequence[Columns]) -> Columns:
    """The columns of a relation that is one of these; which, can't be told."""
    names = dict.fromkeys(name for columns in candidates for name, _ in columns.named)
    rests = [columns.rest for columns in candidates if columns.rest is not None]
    alike = all([name for name, _ in columns.named] == list(names) for columns in candidates)
    return Columns(
        tuple((name, NOTHING.union(*(columns.holds(name) for columns in candidates))) for name in names),
        None if candidates and alike and not rests else NOTHING.union(*rests),
    )


@dataclass(frozen=True)
class Statement:
    """One SELECT; `relation` gives the columns of a table that it reads, `with_query` may replace those of a CTE."""

    query: exp.Expression
    relation: Callable[[exp.Table], Columns]
    with_query: Callable[[str, Columns], Columns] = lambda name, columns: columns

    def columns(self) -> Columns:
        return _Reader(self.relation, self.with_query).query(self.query, {}, None)


def parse(sql: str, dialect: str) -> exp.Expression:
    """Raises sqlglot's errors, and ValueError for what is no query."""
    statement = sqlglot.parse_one(sql, dialect=dialect)
    if not isinstance(statement, exp.Query):
        raise ValueError(f"this is a {type(statement).__name__}, not a SELECT")
    return statement


# A comparison tells one bit of a value; a count, a rank and a SHA-2 hash give none of it back.
_STOPPED = (
    exp.Predicate,
    exp.Connector,
    exp.Not,
    exp.StartsWith,
    exp.EndsWith,
    exp.Contains,
    exp.Count,
    exp.CountIf,
    exp.ApproxDistinct,
)
_SHA2_LENGTHS = {"0", "256", "384", "512"}  # 0 is 256 in Spark


@dataclass
class _Scope:
    """The relations one SELECT reads, and its own aliases, which later expressions of it may use."""

    relations: list[tuple[str, Columns]]
    ctes: Mapping[str, Columns]
    outer: _Scope | None
    aliases: dict[str, exp.Expression] = field(default_factory=dict)
    alias_flows: dict[str, Flows] = field(default_factory=dict)

    def everything(self) -> Flows:
        return NOTHING.union(*(columns.everything() for _, columns in self.relations))

    def named(self, name: str) -> list[Columns]:
        return [columns for known, columns in self.relations if known == name]


class _Reader:
    def __init__(self, relation: Callable[[exp.Table], Columns], with_query: Callable[[str, Columns], Columns]) -> None:
        self._relation = relation
        self._with_query = with_query

    # Queries

    def query(self, node: exp.Expression, ctes: Mapping[str, Columns], outer: _Scope | None) -> Columns:
        if with_ := node.args.get("with_"):
            ctes = self._ctes(with_, ctes, outer)
        if isinstance(node, exp.Select):
            return self._select(node, ctes, outer)
        if isinstance(node, exp.SetOperation):
            return self._set_operation(node, ctes, outer)
        if isinstance(node, exp.Subquery) and isinstance(node.this, exp.Query):
            return self.query(node.this, ctes, outer)
        # VALUES, PIVOT as a statement and the like: all that is read somewhere inside
        scope = _Scope([], ctes, outer)
        for table in node.find_all(exp.Table):
            scope.relations.extend(self._relations(table, scope))
        return unknown(scope.everything() | self._flows_of_all(node.iter_expressions(), scope))

    def _ctes(self, with_: exp.With, ctes: Mapping[str, Columns], outer: _Scope | None) -> Mapping[str, Columns]:
        known = dict(ctes)
        for cte in with_.expressions:
            name, names = cte.alias.lower(), _alias_columns(cte)
            if with_.args.get("recursive") and isinstance(cte.this, exp.SetOperation):
                known[name] = self.query(cte.this.this, known, outer).renamed(names)
                while (columns := self.query(cte.this, known, outer).renamed(names)) != known[name]:
                    known[name] = columns
            known[name] = self._with_query(name, self.query(cte.this, known, outer).renamed(names))
        return known

    def _set_operation(self, node: exp.SetOperation, ctes: Mapping[str, Columns], outer: _Scope | None) -> Columns:
        left = self.query(node.this, ctes, outer)
        if isinstance(node, exp.Except):
            return left
        right = self.query(node.expression, ctes, outer)
        if left.rest is None and right.rest is None:
            if node.args.get("by_name"):
                names = dict.fromkeys([name for name, _ in (*left.named, *right.named)])
                return Columns(tuple((name, left.holds(name) | right.holds(name)) for name in names))
            if len(left.named) == len(right.named):
                return Columns(
                    tuple(
                        (name, flows | other) for (name, flows), (_, other) in zip(left.named, right.named, strict=True)
                    )
                )
        # Which column of one side stands above which of the other can't be told.
        both = left.everything() | right.everything()
        return Columns(tuple((name, both) for name, _ in left.named), both)

    def _select(self, node: exp.Select, ctes: Mapping[str, Columns], outer: _Scope | None) -> Columns:
        scope = _Scope([], ctes, outer)
        from_ = node.args.get("from_")
        for item in (from_ and from_.this, *node.args.get("joins", ()), *node.args.get("laterals", ())):
            if item is not None:
                scope.relations.extend(self._relations(item, scope))
        for expression in node.expressions:
            if isinstance(expression, exp.Alias):
                scope.aliases[expression.alias.lower()] = expression.this

        named: list[tuple[str, Flows]] = []
        rest: Flows | None = None
        for expression in node.expressions:
            if isinstance(expression, exp.Predicate) and _is_star(expression.this):
                expression = expression.this  # `* like 'a%'` selects columns by their names
            if _is_star(expression):
                columns = self._star(expression, scope)
                named.extend(columns.named)
                if columns.rest is not None:
                    rest = (rest or NOTHING) | columns.rest
            elif expression.find(exp.Columns):
                rest = (rest or NOTHING) | scope.everything()
            else:
                flows = self._flows(expression, scope)
                names = [name.name for name in expression.args.get("aliases") or ()] or [expression.output_name]
                named.extend((name.lower(), flows) for name in names)
        return Columns(tuple(named), rest)

    def _star(self, node: exp.Expression, scope: _Scope) -> Columns:
        star = node.this if isinstance(node, exp.Column) else node
        relations = [columns for _, columns in scope.relations]
        if isinstance(node, exp.Column) and node.table:
            # `s.*` of something that is no relation spreads a struct: any of its values.
            relations = scope.named(node.table.lower()) or [unknown(scope.everything())]
        left_out = {column.name.lower() for column in star.args.get("except_") or ()}
        replaced = {alias.alias.lower(): self._flows(alias.this, scope) for alias in star.args.get("replace") or ()}
        renamed = {alias.this.name.lower(): alias.alias.lower() for alias in star.args.get("rename") or ()}
        rests = [columns.rest for columns in relations if columns.rest is not None]
        return Columns(
            tuple(
                (renamed.get(name, name), replaced.get(name, flows))
                for columns in relations
                for name, flows in columns.named
                if name not in left_out
            ),
            NOTHING.union(*rests) if rests else None,
        )

    # What a FROM clause names

    def _relations(self, node: exp.Expression, scope: _Scope) -> Iterator[tuple[str, Columns]]:
        if isinstance(node, exp.Join):
            node = node.this
        name, names = node.alias_or_name.lower(), _alias_columns(node)
        columns: Columns
        if isinstance(node, exp.Table):
            if not node.db and node.name.lower() in scope.ctes:
                columns = scope.ctes[node.name.lower()]
            else:
                columns = self._relation(node)
            if isinstance(node.this, exp.Anonymous) and node.this.name.lower() in ("query", "query_table"):
                raise ValueError(f"{node.this.name}() reads a table that only the run knows")
            if not isinstance(node.this, exp.Identifier) and (arguments := self._flows(node.this, scope)):
                columns = unknown(columns.everything() | arguments)
        elif isinstance(node, exp.Subquery) and isinstance(node.this, exp.Table):
            yield from self._relations(node.this, scope)
            columns = Columns()
        elif isinstance(node, exp.Query):
            columns = self.query(node, scope.ctes, scope)
        elif isinstance(node, exp.Lateral) and isinstance(node.this, exp.Query):
            columns = self.query(node.this, scope.ctes, scope)
        else:  # a function or VALUES: any of its columns may hold any of its arguments
            columns = unknown(self._flows_of_all(node.iter_expressions(), scope))
        if node.args.get("pivots"):
            columns = unknown(columns.everything())
        yield name, columns.renamed(names)
        for join in node.args.get("joins") or ():
            yield from self._relations(join, scope)

    # Expressions

    def _flows_of_all(self, nodes: Iterable[exp.Expression], scope: _Scope) -> Flows:
        return NOTHING.union(*(self._flows(node, scope) for node in nodes))

    def _flows(self, expression: exp.Expression, scope: _Scope) -> Flows:
        found: set[ColumnRef] = set()
        waiting = [expression]
        while waiting:
            node = waiting.pop()
            if isinstance(node, _STOPPED) or _is_one_way_hash(node):
                continue
            if _is_star(node):
                found |= self._star(node, scope).everything()
            elif isinstance(node, exp.Column):
                found |= self._column([part.name.lower() for part in node.parts], scope)
            elif isinstance(node, exp.Parameter):  # `$2` is a column by its place
                found |= scope.everything()
            elif isinstance(node, exp.Dot):  # fields of a struct, or functions called on what stands before the dot
                first, *others = _chain(node)
                names = [first.name.lower()] if isinstance(first, exp.Identifier) else []
                while names and others and isinstance(others[0], exp.Identifier):
                    names.append(others.pop(0).name.lower())
                if names:
                    found |= self._column(names, scope)
                else:
                    waiting.append(first)
                waiting.extend(part for part in others if not isinstance(part, exp.Identifier))
            elif isinstance(node, exp.Paren) and isinstance(node.this, exp.Identifier):
                found |= self._column([node.this.name.lower()], scope)
            elif isinstance(node, exp.Case):
                waiting.extend(branch.args["true"] for branch in node.args["ifs"])
                waiting.extend(filter(None, [node.args.get("default")]))
            elif isinstance(node, exp.If):
                waiting.extend(filter(None, [node.args.get("true"), node.args.get("false")]))
            elif isinstance(node, exp.Window | exp.Filter | exp.Order) and node.this is not None:
                waiting.append(node.this)  # not its partitions, conditions and order
            elif isinstance(node, exp.Query):
                found |= self.query(node, scope.ctes, scope).everything()
            else:
                waiting.extend(node.iter_expressions())
        return frozenset(found)

    def _column(self, parts: list[str], scope: _Scope) -> Flows:
        """`parts` is `[column]`, `[relation, column]`, `[column, field of a struct]`, or longer ones of these."""
        found: list[Flows] = []
        at: _Scope | None = scope
        while at is not None:
            for place in range(len(parts) - 1):
                for columns in at.named(parts[place]):
                    flows = columns.get(parts[place + 1])
                    if flows is not None:
                        return flows
                    if columns.rest is not None:
                        found.append(columns.rest)
            known = [flows for _, columns in at.relations if (flows := columns.get(parts[0])) is not None]
            if known:
                return NOTHING.union(*known)
            if len(parts) == 1:
                found.extend(columns.rest for _, columns in at.relations if columns.rest is not None)
                found.extend(columns.everything() for columns in at.named(parts[0]))
            if parts[0] in at.aliases:
                found.append(self._alias(parts[0], at))
            at = at.outer
        return NOTHING.union(*found) if found else scope.everything()

    def _alias(self, name: str, scope: _Scope) -> Flows:
        if name not in scope.alias_flows:
            scope.alias_flows[name] = NOTHING  # ends `upper(x) as x` where no relation is known to have x
            scope.alias_flows[name] = self._flows(scope.aliases[name], scope)
        return scope.alias_flows[name]


def _chain(node: exp.Dot) -> list[exp.Expression]:
    """What the dots of `a.b.c` stand between."""
    parts: list[exp.Expression] = []
    at: exp.Expression = node
    while isinstance(at, exp.Dot):
        parts.insert(0, at.expression)
        at = at.this
    return [at, *parts]


def _is_star(node: exp.Expression) -> bool:
    return isinstance(node, exp.Star) or (isinstance(node, exp.Column) and isinstance(node.this, exp.Star))


def _alias_columns(node: exp.Expression) -> list[str]:
    alias = node.args.get("alias")
    return [column.name.lower() for column in alias.columns] if isinstance(alias, exp.TableAlias) else []


def _is_one_way_hash(node: exp.Expression) -> bool:
    """SHA-256, SHA-384 and SHA-512. Not MD5 and SHA-1: U7 asks for SHA-256, and tables that undo them are sold."""
    if isinstance(node, exp.SHA2 | exp.SHA2Digest):
        length = node.args.get("length")
        return length is None or length.name in _SHA2_LENGTHS
    if isinstance(node, exp.Anonymous) and node.name.lower() == "digest":  # of pgcrypto
        algorithm = node.expressions[-1]
        return isinstance(algorithm, exp.Literal) and algorithm.name.lower() in ("sha256", "sha384", "sha512")
    return isinstance(node, exp.Anonymous) and node.name.lower() in ("sha256", "sha384", "sha512")
