"""What every trial of a search shares: the rows, the choices, and encodings made once."""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field

from keel.data.examples import Examples
from keel.data.split import Rows, Split
from keel.data.table import Column
from keel.metrics.catalog import better
from keel.spec.kinds import Kind, TaskName
from keel.spec.promise import Measure
from keel.tasks.task import Label, LabelledTask
from keel.train.algorithm import Algorithm, Facts
from keel.train.encode.encoding import (
    EncodingPlan,
    FittedEncoding,
    Text,
    fit_encoding,
    fit_texts,
    plan_for,
)
from keel.train.encode.log_columns import Log, fit_logs
from keel.train.encode.pick_columns import pick_columns
from keel.train.encode.source import Source
from keel.train.imbalance.method import Method
from keel.train.matrix import Matrix
from keel.train.search.candidate import Recipe, Skipped

KEEP_BYTES = 1 << 30
"""Encodings of folds that are kept for the next trial with the same choices."""

WORTH_SHARING = 1_000_000
"""Values to fit on below which a second thread costs more than it saves."""


@dataclass(frozen=True, eq=False)
class Encoded:
    """Fitting rows as a matrix, and the encoding that made it."""

    encoding: FittedEncoding
    matrix: Matrix


@dataclass(frozen=True, eq=False)
class Workbench:
    """algorithms: applicable ones by name, the simplest first. methods: applicable imbalance
    methods by name, the default first; `none` alone for regress. skipped: with the reason.
    targets: transforms that the label allows. source: the features, texts hashed once. threads:
    that a large fit may use. judged: for a task that learns no label, what its answers are judged
    by; the examples' own label is then blank."""

    examples: Examples
    source: Source
    split: Split
    task: LabelledTask
    measure: Measure
    algorithms: Mapping[str, Algorithm]
    methods: Mapping[str, Method]
    targets: tuple[str, ...]
    facts: Facts
    skipped: tuple[Skipped, ...]
    seed: int
    threads: int
    judged: Label | None = None
    _encoded: OrderedDict[tuple[EncodingPlan, int], Encoded] = field(default_factory=OrderedDict)
    _validated: OrderedDict[tuple[EncodingPlan, int], Matrix] = field(default_factory=OrderedDict)
    _texts: dict[tuple[str, int], tuple[Text, ...]] = field(default_factory=dict)
    _logs: dict[int, tuple[Log, ...]] = field(default_factory=dict)
    _picked: dict[int, tuple[Column, ...]] = field(default_factory=dict)

    @property
    def higher(self) -> bool:
        """Whether more of the measure is better."""
        return better(self.measure, self.task.name) == "higher"

    @property
    def kinds(self) -> frozenset[Kind]:
        """The kinds of the feature columns."""
        return frozenset(column.kind for column in self.examples.columns)

    @property
    def is_regression(self) -> bool:
        """Whether the label is a value."""
        return self.task.name is TaskName.REGRESS

    def threads_for(self, rows: int) -> int:
        """How many threads a fit on so many rows uses."""
        return self.threads if rows * len(self.examples.columns) >= WORTH_SHARING else 1

    def encode(self, recipe: Recipe, rows: Rows, fold: int | None) -> Encoded:
        """Fit the recipe's encoding on these rows; `fold` numbers rows that come again."""
        plan = self._plan(recipe)
        key = (plan, -1 if fold is None else fold)
        if fold is not None and key in self._encoded:
            self._encoded.move_to_end(key)
            return self._encoded[key]
        columns = self._pick(rows, fold)
        source = self.source.only(columns).take(rows)
        texts = None if fold is None else self._fit_texts(plan.text, source, fold)
        logs = None if fold is None else self._fit_logs(source, fold)
        label = self.examples.label[rows]
        encoding, matrix = fit_encoding(plan, columns, source, label, self.seed, texts, logs)
        encoded = Encoded(encoding, matrix)
        if fold is not None:
            self._encoded[key] = encoded
            self._forget()
        return encoded

    def encode_validation(self, recipe: Recipe, encoded: Encoded, fold: int) -> Matrix:
        """The rows that a fold validates on, by the encoding fitted on its fitting rows."""
        key = (self._plan(recipe), fold)
        if key not in self._validated:
            rows = self.split.folds[fold].validate
            source = self.source.only(encoded.encoding.columns)
            self._validated[key] = encoded.encoding.transform(source.take(rows))
            self._forget()
        return self._validated[key]

    def drop_encodings(self) -> None:
        """Give back the memory of matrices kept for further trials."""
        self._encoded.clear()
        self._validated.clear()
        self._texts.clear()

    def _plan(self, recipe: Recipe) -> EncodingPlan:
        needs = self.algorithms[recipe.algorithm].needs
        return plan_for(needs, self.examples.columns, recipe.encoding)

    def _pick(self, rows: Rows, fold: int | None) -> tuple[Column, ...]:
        """Of very many columns those that a fit on these rows looks at."""
        if fold is not None and fold in self._picked:
            return self._picked[fold]
        label = self.examples.label[rows]
        picked = pick_columns(self.examples.columns, self.source.frame, rows, label)
        if fold is not None:
            self._picked[fold] = picked
        return picked

    def _fit_texts(self, treatment: str, source: Source, fold: int) -> tuple[Text, ...]:
        """Fitted once for all plans that treat texts alike."""
        key = (treatment, fold)
        if key not in self._texts:
            columns = self.examples.columns
            self._texts[key] = fit_texts(treatment, columns, source, self.seed)
        return self._texts[key]

    def _fit_logs(self, source: Source, fold: int) -> tuple[Log, ...]:
        """Fitted once: no plan treats logs in another way."""
        if fold not in self._logs:
            self._logs[fold] = fit_logs(self.examples.columns, source)
        return self._logs[fold]

    def _forget(self) -> None:
        held = sum(_bytes(e.matrix) for e in self._encoded.values())
        held += sum(_bytes(matrix) for matrix in self._validated.values())
        while held > KEEP_BYTES and len(self._encoded) > 1:
            key, encoded = self._encoded.popitem(last=False)
            held -= _bytes(encoded.matrix)
            dropped = self._validated.pop(key, None)
            held -= 0 if dropped is None else _bytes(dropped)


def _bytes(matrix: Matrix) -> int:
    text = 0 if matrix.text is None else matrix.text.data.nbytes + matrix.text.indices.nbytes
    return int(matrix.dense.nbytes) + text
