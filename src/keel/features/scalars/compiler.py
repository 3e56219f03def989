"""From the syntax tree of a scalar to what Polars computes, with the type of every part."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import polars as pl
from sqlglot import exp

from keel.features.scalars.call import call_function, convert, unify
from keel.features.scalars.casts import CASTS, to_text
from keel.features.scalars.catalogue import FUNCTIONS
from keel.features.scalars.choices import choose
from keel.features.scalars.function import ANY, SHOWN
from keel.features.scalars.operators import OPERATORS
from keel.features.scalars.syntax import place_of
from keel.features.scalars.term import PHYSICAL, Term, Type
from keel.features.scalars.times import UNITS, in_zone, shift
from keel.features.scalars.zones import check_zone
from keel.spec.aggregate import NAMES
from keel.spec.nearest import did_you_mean
from keel.spec.tokens import GrammarError


@dataclass(frozen=True)
class Compiler:
    """columns: what a text may name. used: what it named, in its order."""

    text: str
    columns: Mapping[str, Term]
    used: dict[str, None]

    def compile(self, tree: exp.Expression) -> Term:
        """Raises GrammarError pointing at what is not allowed."""
        special = _SPECIAL.get(type(tree))
        if special is not None:
            build, handled = special
            self._check(tree, handled)
            return build(self, tree)
        if type(tree) in OPERATORS:
            return self._operator(tree)
        raise self.refuse(tree, f"{_NAMED.get(type(tree), _shown(tree))} is not allowed here")

    def refuse(self, tree: exp.Expression, reason: str) -> GrammarError:
        """An error that points at a part."""
        return GrammarError(self.text, place_of(tree), reason)

    def _column(self, tree: exp.Expression) -> Term:
        """What a name stands for."""
        if not isinstance(tree.this, exp.Identifier):
            raise self.refuse(tree, f"{_shown(tree)} is not a column")
        table = tree.args.get("table")
        name = tree.name if table is None else f"{table.name}.{tree.name}"
        if name not in self.columns:
            raise self.refuse(tree, f"no column {name!r}; {did_you_mean(name, self.columns)}")
        self.used[name] = None
        found = self.columns[name]
        return Term(found.type, found.polars, place_of(tree))

    def _literal(self, tree: exp.Expression) -> Term:
        """A number or a text."""
        if tree.args["is_string"]:
            return Term(Type.TEXT, pl.lit(tree.name), place_of(tree), tree.name)
        number = float(tree.name)
        if number in (float("inf"), float("-inf")):
            raise self.refuse(tree, f"{tree.name} is too large for a number")
        return Term(Type.NUMBER, pl.lit(number), place_of(tree), number)

    def _truth(self, tree: exp.Expression) -> Term:
        """`true` or `false`."""
        return Term(Type.BOOLEAN, pl.lit(bool(tree.this)), place_of(tree))

    def _null(self, tree: exp.Expression) -> Term:
        """`null`."""
        return Term(Type.NULL, pl.lit(None), place_of(tree))

    def _parentheses(self, tree: exp.Expression) -> Term:
        """`(x)`."""
        return self.compile(tree.this)

    def _case(self, tree: exp.Expression) -> Term:
        """`case when a then b else c end`, with or without a subject."""
        subject = tree.args.get("this")
        branches = tree.args["ifs"]
        otherwise = tree.args.get("default")
        conditions = [self._condition(branch.this, subject) for branch in branches]
        results = [self.compile(branch.args["true"]) for branch in branches]
        results.append(self._null(tree) if otherwise is None else self.compile(otherwise))
        results = unify(self.text, results)
        chosen = results[-1].polars
        for condition, result in zip(reversed(conditions), reversed(results[:-1]), strict=True):
            chosen = choose(condition, result.polars, chosen)
        return Term(results[0].type, chosen, place_of(tree))

    def _conditional(self, tree: exp.Expression) -> Term:
        """`if(a, b, c)`."""
        other = tree.args.get("false")
        results = [self.compile(tree.args["true"])]
        results.append(self._null(tree) if other is None else self.compile(other))
        yes, no = unify(self.text, results)
        chosen = choose(self._condition(tree.this, None), yes.polars, no.polars)
        return Term(yes.type, chosen, place_of(tree))

    def _cast(self, tree: exp.Expression) -> Term:
        """`cast(x as double)`."""
        kind = tree.args["to"].sql(dialect="duckdb").lower()
        if kind not in CASTS:
            allowed = ", ".join(CASTS)
            raise self.refuse(tree, f"cannot cast to {kind!r}; allowed: {allowed}")
        given = self.compile(tree.this)
        wanted, build = CASTS[kind]
        value = build(given)
        if value is None:
            raise GrammarError(self.text, given.offset, f"a {given.type} is never a {wanted}")
        return Term(wanted, value.cast(PHYSICAL[wanted]), given.offset)

    def _extract(self, tree: exp.Expression) -> Term:
        """`extract(hour from t)`."""
        part = Term(Type.TEXT, pl.lit(tree.name), place_of(tree), tree.name.lower())
        return call_function(
            self.text,
            FUNCTIONS["date_part"],
            [part, self.compile(tree.expression)],
            place_of(tree),
        )

    def _at_time_zone(self, tree: exp.Expression) -> Term:
        """`t at time zone 'Europe/Berlin'`."""
        zone = self.compile(tree.args["zone"])
        if not isinstance(zone.constant, str):
            raise GrammarError(self.text, zone.offset, "a time zone is written down, as a text")
        check_zone(self.text, zone.offset, zone.constant)
        time = convert(self.text, self.compile(tree.this), Type.TIME, "at time zone")
        return Term(Type.TIME, in_zone(time.polars, zone.constant), time.offset)

    def _function(self, tree: exp.Expression) -> Term:
        """A call of one of the functions."""
        name = str(tree.this).lower()
        if name not in FUNCTIONS:
            raise self.refuse(tree, _unknown(name))
        arguments = [self.compile(argument) for argument in tree.expressions]
        return call_function(self.text, FUNCTIONS[name], arguments, place_of(tree))

    def _condition(self, tree: exp.Expression, subject: exp.Expression | None) -> pl.Expr:
        found = self.compile(tree)
        if subject is not None:
            left, right = unify(self.text, [self.compile(subject), found])
            return left.polars == right.polars
        return convert(self.text, found, Type.BOOLEAN, "a condition").polars

    def _operator(self, tree: exp.Expression) -> Term:
        self._check(tree, {"this", "expression", "expressions", "low", "high"})
        if isinstance(tree, exp.Add | exp.Sub) and isinstance(tree.expression, exp.Interval):
            return self._later(tree)
        operator = OPERATORS[type(tree)]
        terms = [self.compile(part) for part in _operands(tree)]
        if operator.takes == SHOWN:
            values = [to_text(term) for term in terms]
        elif operator.takes == ANY:
            values = [term.polars for term in unify(self.text, terms)]
        else:
            wanted = Type(operator.takes)
            values = [convert(self.text, t, wanted, _symbol(tree)).polars for t in terms]
        result = operator.build(*values)
        if tree.args.get("negate"):
            result = ~result
        return Term(Type(operator.gives), result, place_of(tree))

    def _later(self, tree: exp.Expression) -> Term:
        interval = tree.expression
        self._check(interval, {"this", "unit"})
        time = convert(self.text, self.compile(tree.this), Type.TIME, "interval")
        unit = str(interval.args.get("unit") or "").lower().removesuffix("s")
        if unit not in UNITS:
            # The parser does not say where a unit is.
            place = max(0, self.text.lower().find(unit, time.offset))
            near = did_you_mean(unit, UNITS)
            raise GrammarError(self.text, place, f"{unit!r} is not a unit of time; {near}")
        sign, count = _signed(interval.this)
        if count is None:
            raise self.refuse(interval, "an interval is a whole number and its unit: 3 day")
        later = count * sign * (-1 if isinstance(tree, exp.Sub) else 1)
        return Term(Type.TIME, shift(time.polars, later, unit), time.offset)

    def _check(self, tree: exp.Expression, handled: set[str]) -> None:
        """What changes the meaning of a part may not go unread."""
        unread = [
            key for key, value in tree.args.items() if value and key not in handled | _HARMLESS
        ]
        if unread:
            raise self.refuse(tree, f"{_shown(tree)} is not allowed here")


_HARMLESS = {"safe", "negate"}
"""`safe` marks a cast that gives nothing where it cannot; all casts do here."""

_SPECIAL: dict[
    type[exp.Expression], tuple[Callable[[Compiler, exp.Expression], Term], set[str]]
] = {
    exp.Column: (Compiler._column, {"this", "table"}),
    exp.Literal: (Compiler._literal, {"this", "is_string"}),
    exp.Boolean: (Compiler._truth, {"this"}),
    exp.Null: (Compiler._null, set()),
    exp.Paren: (Compiler._parentheses, {"this"}),
    exp.Case: (Compiler._case, {"this", "ifs", "default"}),
    exp.If: (Compiler._conditional, {"this", "true", "false"}),
    exp.Cast: (Compiler._cast, {"this", "to"}),
    exp.TryCast: (Compiler._cast, {"this", "to"}),
    exp.Extract: (Compiler._extract, {"this", "expression"}),
    exp.AtTimeZone: (Compiler._at_time_zone, {"this", "zone"}),
    exp.Anonymous: (Compiler._function, {"this", "expressions"}),
}

_NAMED: dict[type[exp.Expression], str] = {
    exp.Subquery: "a subquery",
    exp.Select: "a subquery",
    exp.Exists: "a subquery",
    exp.Window: "a window function",
    exp.Star: "`*`",
    exp.Filter: "`filter`",
    exp.Lambda: "a lambda",
    exp.Interval: "an interval without a time",
    exp.IntDiv: "`//` (write floor(a / b))",
    exp.Alias: "a name given to a result",
}


def _operands(tree: exp.Expression) -> Sequence[exp.Expression]:
    """In the order in which they were written."""
    given = [tree.args.get(key) for key in ("this", "expression", "low", "high")]
    return [part for part in given if part is not None] + list(tree.expressions)


def _signed(tree: exp.Expression) -> tuple[int, int | None]:
    sign = -1 if isinstance(tree, exp.Neg) else 1
    text = tree.this.name if isinstance(tree, exp.Neg) else tree.name
    if text.startswith("-"):
        sign, text = -sign, text[1:]
    return sign, int(text) if text.isdigit() and len(text) < 10 else None


def _unknown(name: str) -> str:
    if name in NAMES:
        return f"{name} is an aggregate; say of which events: `{name}(…) over 7d by NAME`"
    return f"no function {name!r}; {did_you_mean(name, FUNCTIONS)}"


def _symbol(tree: exp.Expression) -> str:
    return {"dpipe": "||", "neg": "-"}.get(tree.key, tree.key)


def _shown(tree: exp.Expression) -> str:
    return f"`{tree.sql(dialect='duckdb', comments=False)}`"
