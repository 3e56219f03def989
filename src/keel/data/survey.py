"""One pass over raw columns that gathers what is needed to tell their kinds."""

from collections import Counter
from collections.abc import Iterable, Set
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from keel.data.cast import as_plain, cast, holds_texts, is_missing
from keel.data.moment import choose_form, count_forms, to_moments
from keel.data.seen import Seen
from keel.spec.kinds import Kind
from keel.spec.time_form import TimeForm

MOST_VALUES = 1000
SURE_ROWS = 10_000
FORM_SAMPLE = 200
_PADDED = r"^\s*[-+]?0\d{2,}\s*$"


@dataclass
class ColumnFacts:
    """What a column holds, counted in rows.

    numbers: that read as one (among them `infinite`); integral: all of them are whole; padded:
    some are written with leading zeros; low, high: of the finite ones. truths, moments: values
    of a typed boolean or time column. lists: values that are lists of texts. forms: texts readable
    as moments, per way of writing. characters, words: totals over texts that are no number. values:
    how often each text (or, for the label, each value) occurs, None once they are more than
    `MOST_VALUES`. distinct: different texts, summed over chunks. first_moment, last_moment:
    microseconds since 1970 in row order. rises, pairs: neighbouring moments that do not fall, and
    all. unique: no value repeats (None if not asked).
    """

    rows: int = 0
    missing: int = 0
    numbers: int = 0
    infinite: int = 0
    integral: bool = True
    padded: bool = False
    low: float = np.inf
    high: float = -np.inf
    truths: int = 0
    lists: int = 0
    moments: int = 0
    texts: int = 0
    forms: dict[TimeForm, int] = field(default_factory=dict)
    characters: int = 0
    words: int = 0
    values: Counter[str] | None = field(default_factory=Counter)
    distinct: int = 0
    first_moment: int | None = None
    last_moment: int | None = None
    rises: int = 0
    pairs: int = 0
    unique: bool | None = None

    @property
    def present(self) -> int:
        """Rows with a value."""
        return self.rows - self.missing


class Survey:
    """Gathers facts chunk by chunk. Memory does not grow with the rows, but for `keys`.

    missing: further texts that stand for nothing. keys: also find out which columns are unique
    and which moments rise. label: the column whose values are counted even if they are numbers.
    """

    def __init__(
        self,
        names: Iterable[str],
        *,
        missing: Set[str] = frozenset(),
        keys: bool = False,
        label: str | None = None,
    ) -> None:
        self.facts = {name: ColumnFacts() for name in names}
        self._missing = missing
        self._label = label
        self._seen = {name: Seen() for name in self.facts} if keys else {}

    def add(self, frame: pl.DataFrame) -> None:
        """Count the rows of a chunk. A column that it lacks is missing in all of them."""
        held = {series.name: series for series in frame.get_columns()}
        plain = [as_plain(held[name]) for name in self.facts if name in held]
        texts = [s.name for s in plain if s.dtype == pl.String and not self._is_text(s.name)]
        parsed = pl.DataFrame(plain).select(pl.col(texts).cast(pl.Float64, strict=False))
        read = {series.name: series for series in parsed.get_columns()}
        numbers: list[pl.Series] = []
        for series in plain:
            facts = self.facts[series.name]
            facts.rows += len(series)
            if holds_texts(held[series.name]):
                facts.lists += len(series) - series.null_count()
            if series.dtype == pl.String:
                number = read.get(series.name)
                if number is not None and number.null_count() == series.null_count():
                    numbers.append(number)
                    self._pad(facts, series)
                else:
                    self._add_texts(facts, series, find_numbers=number is not None)
            elif series.dtype.is_numeric():
                numbers.append(series.cast(pl.Float64))
            else:
                self._add_typed(facts, series)
            if series.name == self._label:
                classes = cast(series, Kind.CATEGORY, missing=self._missing).values
                counted = _counted(classes)
                _count_values(facts, counted["v"], counted["n"])
        self._add_numbers(numbers)
        self._add_order(plain)
        for name, facts in self.facts.items():
            if name not in held:
                facts.rows += len(frame)
                facts.missing += len(frame)

    def _is_text(self, name: str) -> bool:
        """Whether enough was seen to stop trying to read numbers."""
        facts = self.facts[name]
        return facts.present >= SURE_ROWS and facts.texts > facts.present / 2

    def _pad(self, facts: ColumnFacts, series: pl.Series) -> None:
        if facts.integral and not facts.padded:
            facts.padded = bool(series.str.contains(_PADDED).any())

    def _add_texts(self, facts: ColumnFacts, series: pl.Series, *, find_numbers: bool) -> None:
        """Work on the different values, each weighted by how often it stands."""
        counted = _counted(series)
        texts, weights = counted["v"].str.strip_chars(), counted["n"]
        nothing = is_missing(texts, self._missing)
        facts.missing += series.null_count() + int(weights.filter(nothing).sum())
        texts, weights = texts.filter(~nothing), weights.filter(~nothing)
        if find_numbers:
            read = cast(texts, Kind.NUMBER)
            odd = read.odd
            if odd is None:
                odd = pl.repeat(False, len(texts), eager=True)
            whole = read.values.filter(~odd).rename("x")
            repeated = int(weights.filter(~odd).sum())
            self._count_numbers(facts, _Extent.of(whole), repeated)
            self._pad(facts, texts.filter(~odd))
            texts, weights = texts.filter(odd), weights.filter(odd)
        facts.texts += int(weights.sum())
        facts.distinct += len(texts)
        facts.characters += int((texts.str.len_chars() * weights).sum())
        facts.words += int(((texts.str.count_matches(r"\s+") + 1) * weights).sum())
        self._count_forms(facts, texts, weights)
        if series.name != self._label:
            _count_values(facts, texts, weights)

    def _count_forms(self, facts: ColumnFacts, texts: pl.Series, weights: pl.Series) -> None:
        first = facts.texts == int(weights.sum())
        forms = tuple(TimeForm) if first else tuple(facts.forms)
        if not forms or not len(texts):
            return
        if first:
            few = texts.sort().gather_every(max(1, len(texts) // FORM_SAMPLE))
            forms = tuple(form for form, n in count_forms(few, forms).items() if n)
        for form in forms:
            readable = to_moments(texts, form).is_not_null()
            facts.forms[form] = facts.forms.get(form, 0) + int(weights.filter(readable).sum())

    def _add_typed(self, facts: ColumnFacts, series: pl.Series) -> None:
        facts.missing += series.null_count()
        present = len(series) - series.null_count()
        if series.dtype == pl.Boolean:
            facts.truths += present
        elif series.dtype.is_temporal():
            facts.moments += present

    def _add_numbers(self, columns: list[pl.Series]) -> None:
        extents = _Extent.of_all(columns)
        for column, extent in zip(columns, extents, strict=True):
            facts = self.facts[column.name]
            self._count_numbers(facts, extent, extent.present)
            facts.missing += len(column) - extent.present

    def _count_numbers(self, facts: ColumnFacts, extent: "_Extent", count: int) -> None:
        facts.numbers += count
        facts.infinite += extent.infinite
        facts.integral = facts.integral and extent.integral
        facts.low = min(facts.low, extent.low)
        facts.high = max(facts.high, extent.high)

    def _add_order(self, plain: list[pl.Series]) -> None:
        for series in plain:
            if series.name not in self._seen:
                continue
            facts = self.facts[series.name]
            if facts.unique is not False and not _is_measured(series, facts):
                repeats = self._seen[series.name].repeats(series.drop_nulls())
                facts.unique = not repeats.any()
            else:
                facts.unique = False
                self._seen[series.name] = Seen()
            if facts.moments or facts.forms:
                self._count_rises(series, facts)

    def _count_rises(self, series: pl.Series, facts: ColumnFacts) -> None:
        chosen = choose_form(facts.forms)
        form = TimeForm.ISO if chosen is None else chosen.form
        moments = to_moments(series, form).drop_nulls().to_physical().to_numpy()
        if not len(moments):
            return
        if facts.first_moment is None or facts.last_moment is None:
            facts.first_moment = facts.last_moment = int(moments[0])
        steps = np.diff(moments, prepend=facts.last_moment)
        facts.rises += int((steps >= 0).sum())
        facts.pairs += len(steps)
        facts.last_moment = int(moments[-1])


@dataclass(frozen=True)
class _Extent:
    present: int
    infinite: int
    integral: bool
    low: float
    high: float

    @classmethod
    def of(cls, column: pl.Series) -> "_Extent":
        return cls.of_all([column])[0]

    @classmethod
    def of_all(cls, columns: list[pl.Series]) -> "list[_Extent]":
        """Of every column, in one parallel pass."""
        if not columns:
            return []
        frame = pl.DataFrame([c.alias(str(i)) for i, c in enumerate(columns)])
        finite = pl.when(pl.all().is_finite()).then(pl.all())
        wanted = {
            "present": (pl.all().is_not_null() & pl.all().is_not_nan()).sum(),
            "infinite": pl.all().is_infinite().sum(),
            "integral": (finite == finite.floor()).all(),
            "low": finite.min(),
            "high": finite.max(),
        }
        rows = {name: frame.select(expr).row(0) for name, expr in wanted.items()}
        return [
            cls(
                int(rows["present"][i]),
                int(rows["infinite"][i] or 0),
                bool(rows["integral"][i]),
                np.inf if rows["low"][i] is None else float(rows["low"][i]),
                -np.inf if rows["high"][i] is None else float(rows["high"][i]),
            )
            for i in range(len(columns))
        ]


def _is_measured(series: pl.Series, facts: ColumnFacts) -> bool:
    """Measurements and truths are no keys, whether or not they repeat."""
    return series.dtype.is_float() or series.dtype == pl.Boolean or not facts.integral


def _counted(series: pl.Series) -> pl.DataFrame:
    """The different values `v` and how often each stands, `n`."""
    return series.alias("v").drop_nulls().value_counts(name="n")


def _count_values(facts: ColumnFacts, values: pl.Series, weights: pl.Series) -> None:
    if facts.values is None:
        return
    if len(values) > MOST_VALUES:
        facts.values = None
        return
    facts.values.update(dict(zip(values.to_list(), weights.to_list(), strict=True)))
    if len(facts.values) > MOST_VALUES:
        facts.values = None
