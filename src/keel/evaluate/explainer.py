"""Why a version answered a row as it did: how much each feature moved its score from the usual."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Literal, get_args

import numpy as np
import polars as pl
from numpy.typing import NDArray

from keel.data.conform import Conformed, conform_counted
from keel.errors import RequestError
from keel.evaluate.shapley import Floats, Integers, Masks, Shapley, shapley
from keel.spec.kinds import TaskName
from keel.spec.nearest import did_you_mean
from keel.train.export.feature_plan import read_plan
from keel.train.export.predictor import Predictor
from keel.train.export.signature import Signature

Scale = Literal["probability", "log_odds"]
Plain = str | float | bool | None

SCALES: tuple[Scale, ...] = get_args(Scale)
BACKGROUND = 64
BUDGET = 16_384
"""Rows that the version answers to explain one."""

SEED = 7
BLOCK_ROWS = 16_384
NEAREST = 1e-7
"""Probabilities are at least this far from 0 and 1 before their log-odds are taken."""


@dataclass(frozen=True)
class Player:
    """Columns of the graph that only move together: those that one column of a request gives."""

    name: str
    columns: tuple[str, ...]


@dataclass(frozen=True)
class Attribution:
    """How much `feature` moved the score, and the standard error of that. values: of the row, by
    the feature columns that count as one."""

    feature: str
    values: Mapping[str, Plain]
    moved: float
    error: float


@dataclass(frozen=True)
class Explanation:
    """score: what the row was given, which is `base` and all that moved it. of: the class whose
    score it is, None where there are no classes. base: the mean over the background. attributions:
    those that moved it most first."""

    prediction: str | float
    of: str | None
    score: float
    base: float
    attributions: tuple[Attribution, ...]


@dataclass(frozen=True)
class Explanations:
    """One for each row, in their order. unit: of scores. exact: all coalitions were counted; else
    orders were drawn. background: how many rows the base is the mean of."""

    rows: tuple[Explanation, ...]
    unit: str
    exact: bool
    background: int
    unread: Mapping[str, int]

    @property
    def frame(self) -> pl.DataFrame:
        """A row for each attribution, with the number of its `row`."""
        schema = {"row": pl.Int64, "of": pl.String, "score": pl.Float64, "base": pl.Float64}
        more = {"feature": pl.String, "value": pl.String, "moved": pl.Float64, "error": pl.Float64}
        data = [
            (number, one.of, one.score, one.base, a.feature, show_values(a), a.moved, a.error)
            for number, one in enumerate(self.rows)
            for a in one.attributions
        ]
        return pl.DataFrame(data, schema={**schema, **more}, orient="row")


class Explainer:
    """Explains what one version answers."""

    def __init__(self, predictor: Predictor, reference: pl.DataFrame) -> None:
        """reference: [n] rows of feature columns; up to 64 of them are what is usual."""
        self._predictor = predictor
        self._names = [column.name for column in predictor.signature.columns]
        drawn = np.random.default_rng(SEED).permutation(len(reference))[:BACKGROUND]
        self._background = self._read(reference[drawn]).frame

    @cached_property
    def players(self) -> tuple[Player, ...]:
        """Features that are computed of one and the same column of a request alone are one; every
        other is one by itself."""
        return _players(self._predictor.signature)

    def explain(
        self,
        rows: pl.DataFrame,
        *,
        of: str | None = None,
        scale: Scale | None = None,
        budget: int = BUDGET,
    ) -> Explanations:
        """Explain n rows of a request; the same row is always explained alike, alone or among
        others.

        of: a class; unless said the positive one, or the one that is predicted where none is.
        scale: of classes, `probability` unless said. budget: rows that the version answers for each
        row. What a feature moved is its Shapley value, as the columns that it is made of are taken
        from the row in place of a row of the background.

        Raises RequestError for missing columns and unknown classes. Source: Lundberg and Lee
        (2017), A unified approach to interpreting model predictions; Janzing, Minorics, Blöbaum
        (2020), Feature relevance quantification in explainable AI: a causal problem (why columns
        are replaced whatever the others say).
        """
        signature = self._predictor.signature
        _check(signature, of, scale)
        prepare = self._predictor.prepare
        read = self._read(rows) if prepare is None else prepare(rows)
        frame = read.frame.select(self._names)
        answered = self._predictor.predict(frame)
        labels = _labels(signature, answered.decision, answered.output)
        wanted = _wanted(signature, of, answered.decision, len(frame))
        found = [self._shapley(frame[i], scale, budget) for i in range(len(frame))]
        explained = tuple(
            self._explanation(frame[i], labels[i], of_row, one)
            for i, (of_row, one) in enumerate(zip(wanted, found, strict=True))
        )
        exact = all(one.exact for one in found)
        background = found[0].background if found else len(self._background)
        return Explanations(explained, _unit(signature, scale), exact, background, read.unread)

    def _read(self, rows: pl.DataFrame) -> Conformed:
        signature = self._predictor.signature
        return conform_counted(rows, signature.table_columns, missing=set(signature.missing))

    def _shapley(self, row: pl.DataFrame, scale: Scale | None, budget: int) -> Shapley:
        both = pl.concat([self._background, row])
        own = len(self._background)

        def value(masks: Masks, background: Integers) -> Floats:
            parts = []
            for start in range(0, len(masks), BLOCK_ROWS):
                block = slice(start, start + BLOCK_ROWS)
                mixed = self._mix(both, own, masks[block], background[block])
                output = self._predictor.predict(mixed).output
                parts.append(output.reshape(len(mixed), -1))
            found = np.concatenate(parts)
            return _log_odds(found) if scale == "log_odds" else found

        return shapley(value, len(self.players), own, budget=budget, seed=SEED)

    def _mix(
        self, both: pl.DataFrame, own: int, masks: Masks, background: Integers
    ) -> pl.DataFrame:
        """[m] rows with the row's own columns where its players play."""
        columns = []
        for place, player in enumerate(self.players):
            taken = np.where(masks[:, place], own, background)
            columns += [both.get_column(name).gather(taken) for name in player.columns]
        return pl.DataFrame(columns)

    def _explanation(
        self, row: pl.DataFrame, prediction: str | float, of: int | None, found: Shapley
    ) -> Explanation:
        output = 0 if of is None else of
        attributions = [
            Attribution(
                player.name,
                {name: _plain(row.get_column(name)[0]) for name in player.columns},
                float(moved),
                float(error),
            )
            for player, moved, error in zip(
                self.players, found.moved[:, output], found.error[:, output], strict=True
            )
        ]
        attributions.sort(key=lambda one: -abs(one.moved))
        scored = self._predictor.signature.scored
        return Explanation(
            prediction,
            None if of is None else scored[of],
            float(found.score[output]),
            float(found.base[output]),
            tuple(attributions),
        )


def show_values(attribution: Attribution) -> str:
    """`0.2`, or `hour 3, weekday 6` of several columns."""
    shown = {name: _shown(value) for name, value in attribution.values.items()}
    if len(shown) == 1:
        return next(iter(shown.values()))
    return ", ".join(f"{name} {value}" for name, value in shown.items())


def _players(signature: Signature) -> tuple[Player, ...]:
    only_source: dict[str, str] = {}
    for feature in read_plan(signature).features if signature.features else ():
        roots = set(feature.polars.meta.root_names())
        if not feature.figures and len(roots) == 1:
            only_source[feature.column.name] = roots.pop()
    groups: dict[tuple[bool, str], list[str]] = {}
    for column in signature.columns:
        source = only_source.get(column.name)
        key = (True, source) if source is not None else (False, column.name)
        groups.setdefault(key, []).append(column.name)
    return tuple(
        Player(names[0] if len(names) == 1 else key[1], tuple(names))
        for key, names in groups.items()
    )


def _check(signature: Signature, of: str | None, scale: Scale | None) -> None:
    if of is not None and of not in signature.scored:
        if not signature.scored:
            raise RequestError(
                f"of {of!r}: this version answers a value, not a class: leave it out"
            )
        raise RequestError(f"of {of!r} is no class: {did_you_mean(of, signature.scored)}")
    if scale is not None and signature.task is not TaskName.CLASSIFY:
        raise RequestError(f"scale {scale!r} is of probabilities: this version has none")
    if scale is not None and scale not in SCALES:
        raise RequestError(f"scale {scale!r} is not known: {did_you_mean(scale, SCALES)}")


def _unit(signature: Signature, scale: Scale | None) -> str:
    if signature.task is TaskName.CLASSIFY:
        return scale or SCALES[0]
    return "anomaly_score" if signature.task is TaskName.DETECT else "value"


def _labels(
    signature: Signature, decision: NDArray[np.int64] | None, output: Floats
) -> Sequence[str | float]:
    if decision is None:
        return [float(value) for value in output]
    return [signature.classes[code] for code in decision]


def _wanted(
    signature: Signature, of: str | None, decision: NDArray[np.int64] | None, count: int
) -> Sequence[int | None]:
    """[n] the score of each row that is explained."""
    named = of or signature.positive
    if decision is None:
        return [None] * count
    if named is not None and named in signature.scored:
        return [signature.scored.index(named)] * count
    if len(signature.scored) == 1:
        return [0] * count
    return [int(code) for code in decision]


def _log_odds(probability: Floats) -> Floats:
    kept = np.clip(probability, NEAREST, 1 - NEAREST)
    return np.asarray(np.log(kept / (1 - kept)))


def _plain(value: object) -> Plain:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if isinstance(value, bool) or value is None else str(value)


def _shown(value: Plain) -> str:
    if value is None:
        return "missing"
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:.6g}" if isinstance(value, float) else str(value)
