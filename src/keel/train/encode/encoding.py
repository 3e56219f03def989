"""How the columns of a system become a matrix: a plan, and what fitting it gives."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import polars as pl
from scipy import sparse

from keel.data.logs.log_reading import LogReading
from keel.data.table import Column
from keel.errors import TableError
from keel.spec.kinds import Kind
from keel.train.algorithm import Choice, Needs, Parameters
from keel.train.codecs.ngrams import MOST_PROJECTED, Ngrams, fit_ngrams
from keel.train.encode.codec import Codec
from keel.train.encode.encoder import CrossFitted, FittedEncoder, Labels, Sample, find_encoder
from keel.train.encode.hashing import STATISTICS, Hashed, HashSettings
from keel.train.encode.log_columns import Log, fit_logs
from keel.train.encode.numbers import join_columns
from keel.train.encode.reduce import Components, Projection, fit_components, fit_projection
from keel.train.encode.select import Selection, fit_selection
from keel.train.encode.source import Source, read_source
from keel.train.export.graph import Graph, GraphMatrix, TextInput
from keel.train.export.graph_inputs import declare_inputs
from keel.train.matrix import Float32, Matrix, Sequences

SCALED = ("standard", "log", "yeo_johnson")
PROJECTIONS = ("svd:64", "svd:32", "svd:128")
REDUCTIONS = ("none", "pca:0.95")
WIDE = 8
"""Fewer columns than this are not worth reducing."""


@dataclass(frozen=True)
class EncodingPlan:
    """numbers: passthrough, impute, standard, log or yeo_johnson. categories: onehot, ordinal,
    target or frequency. text: sparse, or svd:K for K dense columns. times: calendar, or clock for
    what comes round again alone. Each is none where no column is there for it. reduce: none, or
    pca:K for K components of all dense columns, pca:0.95 for as many as hold that share of their
    variance."""

    numbers: str = "standard"
    categories: str = "onehot"
    text: str = "svd:64"
    reduce: str = "none"
    times: str = "calendar"

    @property
    def uses_statistics(self) -> bool:
        """Whether texts also give a few numbers. Beside sparse n-grams they only do harm: a
        linear model on SMS messages lost a point of F1 by them."""
        return self.text.startswith("svd")

    def to_json(self) -> dict[str, str]:
        """Plain values, which `EncodingPlan(**values)` reads back."""
        return asdict(self)


def encoding_space(needs: Needs, columns: Sequence[Column]) -> dict[str, Choice]:
    """What there is to choose for an algorithm with these needs; the first of each is the default.
    Only what makes a difference for these columns."""
    allowed = _allowed(needs)
    useful = set(allowed) - _idle(columns)
    if len(columns) < WIDE or any(column.kind is Kind.TEXT for column in columns):
        useful -= {"reduce"}
    return {
        name: Choice(options)
        for name, options in allowed.items()
        if name in useful and len(options) > 1
    }


def plan_for(needs: Needs, columns: Sequence[Column], choices: Parameters) -> EncodingPlan:
    """The plan that meets `needs`, with what was chosen of `encoding_space`, else its defaults.

    Raises ValueError naming each choice that is not there or is not allowed.
    """
    allowed = _allowed(needs)
    problems = [
        f"encoding {name}: {value!r} does not fit this algorithm; allowed is "
        + (", ".join(allowed[name]) if name in allowed else f"a choice of {', '.join(allowed)}")
        for name, value in choices.items()
        if value not in allowed.get(name, ())
    ]
    if problems:
        raise ValueError("\n".join(problems))
    idle = _idle(columns)
    return EncodingPlan(
        **{
            name: "none" if name in idle else str(choices.get(name, options[0]))
            for name, options in allowed.items()
        }
    )


def _idle(columns: Sequence[Column]) -> set[str]:
    """Parts of a plan that no column is there for."""
    kinds = {column.kind for column in columns}
    needed = {
        "numbers": {Kind.NUMBER, Kind.BOOLEAN, Kind.TIME, Kind.TEXT, Kind.SEQUENCE},
        "categories": {Kind.CATEGORY},
        "text": {Kind.TEXT},
        "times": {Kind.TIME},
    }
    return {name for name, any_of in needed.items() if not kinds & any_of}


def _allowed(needs: Needs) -> dict[str, tuple[str, ...]]:
    return {
        "numbers": SCALED if needs.scaled else ("passthrough" if needs.missing else "impute",),
        "categories": needs.categories,
        "text": ("sparse",) if needs.text else PROJECTIONS,
        "reduce": REDUCTIONS if needs.scaled else ("none",),
        "times": ("clock",) if needs.recurring else ("calendar",),
    }


@dataclass(frozen=True, eq=False)
class Group:
    """Columns that one encoder takes as a block. `derived`: it also takes the numbers made of
    times and texts."""

    encoder: FittedEncoder
    columns: tuple[str, ...]
    derived: bool = False


@dataclass(frozen=True, eq=False)
class Text:
    """A text column: its fitted codec and, where the plan projects it, how."""

    column: str
    codec: Ngrams
    projection: Projection | None


@dataclass(frozen=True, eq=False)
class FittedEncoding:
    """A plan that has seen fitting rows. One graph input per column; a text and a sequence column
    have three."""

    plan: EncodingPlan
    columns: tuple[Column, ...]
    calendar: FittedEncoder | None
    groups: tuple[Group, ...]
    texts: tuple[Text, ...]
    logs: tuple[Log, ...] = ()
    selection: Selection | None = None
    reduction: Components | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the dense columns."""
        if self.reduction is not None:
            return tuple(f"component {i + 1}" for i in range(self.reduction.directions.shape[1]))
        names = [name for group in self.groups for name in group.encoder.names]
        for text in self.texts:
            if text.projection is not None:
                width = text.projection.directions.shape[1]
                names += [f"{text.column}: topic {i + 1}" for i in range(width)]
        if self.selection is not None:
            names = [names[pick] for pick in self.selection.picks]
        return tuple(names) or ("nothing",)

    @property
    def parameters(self) -> Mapping[str, Any]:
        """The plan and what fitting resolved, as JSON holds it."""
        return {
            **self.plan.to_json(),
            "groups": [
                {"columns": list(group.columns), **group.encoder.parameters}
                for group in self.groups
            ],
            "n_grams": {text.column: text.codec.width for text in self.texts},
            "templates": {log.column: log.codec.known for log in self.logs},
        }

    @property
    def readings(self) -> dict[str, LogReading]:
        """How the lines of each sequence column are read."""
        return {log.column: log.codec.reading for log in self.logs}

    @property
    def codecs(self) -> dict[str, Codec]:
        """The codec of each text and sequence column."""
        codecs: dict[str, Codec] = {text.column: text.codec for text in self.texts}
        return codecs | {log.column: log.codec for log in self.logs}

    @property
    def notes(self) -> tuple[str, ...]:
        """What a person should know of what was learned, one sentence each."""
        return tuple(note for log in self.logs for note in log.codec.parser.notes)

    def transform(self, rows: pl.DataFrame | Source) -> Matrix:
        """The matrix of n rows of feature columns. Of the fitting rows `fit_encoding` gives
        another: encoders that look at the label must not answer a row from itself."""
        return self._matrix(rows, fitted=False)

    def _matrix(
        self,
        rows: pl.DataFrame | Source,
        *,
        fitted: bool,
        sequences: Sequence[Sequences] | None = None,
    ) -> Matrix:
        source = (
            rows if isinstance(rows, Source) else read_source(rows, self.columns, self.readings)
        )
        if sequences is None:
            sequences = [log.sequences(source) for log in self.logs]
        blocks = [(o.names, o.block(found)) for o, found in zip(self.logs, sequences, strict=True)]
        derived = _derive(self.plan, self.calendar, self.columns, source, blocks)
        dense = []
        for group in self.groups:
            block = _block(group.columns, group.derived, source, derived)
            if fitted and isinstance(group.encoder, CrossFitted):
                dense.append(group.encoder.transform_fitted(block))
            else:
                dense.append(group.encoder.transform(block))
        text: list[sparse.csr_matrix] = []
        for column in self.texts:
            weighted = _weigh(column.codec, source.texts[column.column])
            if column.projection is None:
                text.append(weighted)
            else:
                dense.append(column.projection.transform(weighted))
        joined = _beside(dense, len(source))
        if self.selection is not None:
            joined = self.selection.transform(joined)
        if self.reduction is not None:
            joined = self.reduction.transform(joined)
        return Matrix(joined, _stack(text), self.names, next(iter(sequences), None))

    def graph(self, graph: Graph) -> GraphMatrix:
        """`transform` inside the graph, with its inputs declared, named by `tensor_names`."""
        statistics = self.plan.uses_statistics
        tensors = declare_inputs(graph, self.columns, statistics=statistics)
        derived = [tensors[text.column][2] for text in self.texts] if statistics else []
        logs = [log.graph(graph, tensors[log.column]) for log in self.logs]
        derived += [block for block, _ in logs]
        if self.calendar is not None:
            times = [tensors[column.name][0] for column in _of(self.columns, Kind.TIME)]
            derived.insert(0, self.calendar.graph(graph, times))
        dense = [
            group.encoder.graph(
                graph,
                [tensors[name][0] for name in group.columns] + (derived if group.derived else []),
            )
            for group in self.groups
        ]
        texts, offset = [], 0
        for text in self.texts:
            ids, weights = tensors[text.column][:2]
            if text.projection is not None:
                dense.append(text.projection.graph(graph, TextInput(ids, weights)))
                continue
            texts.append(
                TextInput(graph.node("Add", ids, graph.int64(offset)) if offset else ids, weights)
            )
            offset += text.codec.width
        block = _beside_graph(graph, dense, next(iter(tensors.values()))[0])
        if self.selection is not None:
            block = self.selection.graph(graph, block)
        if self.reduction is not None:
            block = self.reduction.graph(graph, block)
        sequence = logs[0][1] if logs else None
        return GraphMatrix(block, len(self.names), tuple(texts), sequence)


def fit_encoding(
    plan: EncodingPlan,
    columns: Sequence[Column],
    rows: pl.DataFrame | Source,
    label: Labels,
    seed: int,
    texts: tuple[Text, ...] | None = None,
    logs: tuple[Log, ...] | None = None,
) -> tuple[FittedEncoding, Matrix]:
    """Fit `plan` on n rows of feature columns and their labels; also the matrix of these rows.

    Pass a `Source` where the same rows are fitted on again, and what `fit_texts` and `fit_logs`
    gave for them where another plan treats their texts alike: texts are most of the work.
    """
    columns = tuple(columns)
    source = rows if isinstance(rows, Source) else read_source(rows, columns)
    times = [column.name for column in _of(columns, Kind.TIME)]
    calendar = None
    if times:
        calendar = _fit_calendar(plan, Sample(source.frame.select(times), label, seed), columns)
    if logs is None:
        logs = fit_logs(columns, source)
    sequences = [log.sequences(source) for log in logs]
    blocks = [(log.names, log.block(found)) for log, found in zip(logs, sequences, strict=True)]
    derived = _derive(plan, calendar, columns, source, blocks)
    groups = []
    for name, members, takes_derived in _grouping(plan, columns, derived.width > 0):
        block = _block(members, takes_derived, source, derived)
        fitted = find_encoder(name).fit(Sample(block, label, seed))
        groups.append(Group(fitted, members, takes_derived))
    if texts is None:
        texts = fit_texts(plan.text, columns, source, seed)
    encoding = FittedEncoding(plan, columns, calendar, tuple(groups), texts, logs)
    matrix = encoding._matrix(source, fitted=True, sequences=sequences)
    selection = fit_selection(matrix.dense, label)
    if selection is not None:
        encoding = replace(encoding, selection=selection)
        matrix = replace(matrix, dense=selection.transform(matrix.dense), names=encoding.names)
    if plan.reduce == "none":
        return encoding, matrix
    reduction = fit_components(matrix.dense, float(plan.reduce.partition(":")[2]))
    encoding = replace(encoding, reduction=reduction)
    return encoding, replace(matrix, dense=reduction.transform(matrix.dense), names=encoding.names)


def _fit_calendar(
    plan: EncodingPlan, times: Sample, columns: Sequence[Column]
) -> FittedEncoder | None:
    """None where the times say nothing yet, unless nothing else is there."""
    calendar = find_encoder(plan.times).fit(times)
    if not calendar.names and len(times.columns.columns) == len(columns):
        raise TableError(
            f"nothing is left to learn from: the only features are times "
            f"({', '.join(times.columns.columns)}), and they span less than the two days in which "
            "an hour comes round again; add a column"
        )
    return calendar if calendar.names else None


def fit_texts(
    treatment: str, columns: Sequence[Column], source: Source, seed: int
) -> tuple[Text, ...]:
    """Fit the codec of each text column and, for `svd:K`, its projection. See `EncodingPlan`."""
    texts = []
    for column in _of(columns, Kind.TEXT):
        hashed = source.texts[column.name]
        projection = None
        if treatment == "sparse":
            codec = fit_ngrams(hashed, HashSettings())
        else:
            codec = fit_ngrams(hashed, HashSettings(), MOST_PROJECTED)
            topics = int(treatment.partition(":")[2])
            projection = fit_projection(_weigh(codec, hashed), topics, seed)
        texts.append(Text(column.name, codec, projection))
    return tuple(texts)


def _grouping(
    plan: EncodingPlan, columns: Sequence[Column], derived: bool
) -> list[tuple[str, tuple[str, ...], bool]]:
    numbers = tuple(column.name for column in _of(columns, Kind.NUMBER))
    booleans = tuple(column.name for column in _of(columns, Kind.BOOLEAN))
    categories = tuple(column.name for column in _of(columns, Kind.CATEGORY))
    groups = []
    if plan.numbers in SCALED:
        if numbers or derived:
            groups.append((plan.numbers, numbers, derived))
        # 0 and 1 need no scale.
        if booleans:
            groups.append(("impute", booleans, False))
    elif numbers or booleans or derived:
        groups.append((plan.numbers, numbers + booleans, derived))
    if categories:
        groups.append((plan.categories, categories, False))
    return groups


def _of(columns: Sequence[Column], kind: Kind) -> list[Column]:
    return [column for column in columns if column.kind is kind]


def _derive(
    plan: EncodingPlan,
    calendar: FittedEncoder | None,
    columns: Sequence[Column],
    source: Source,
    logs: Sequence[tuple[Sequence[str], Float32]],
) -> pl.DataFrame:
    """Numbers made of times, texts and logs, float32 with NaN where missing."""
    parts: list[tuple[Sequence[str], Float32]] = []
    if calendar is not None:
        times = [column.name for column in _of(columns, Kind.TIME)]
        parts.append((calendar.names, calendar.transform(source.frame.select(times))))
    if plan.uses_statistics:
        for name, hashed in source.texts.items():
            parts.append(([f"{name}: {title}" for title in STATISTICS], hashed.statistics))
    parts += logs
    taken = set(source.frame.columns)
    derived: dict[str, Float32] = {}
    for names, block in parts:
        for name, values in zip(names, block.T, strict=True):
            while name in taken:
                name = f"{name}'"
            taken.add(name)
            derived[name] = np.ascontiguousarray(values)
    return pl.DataFrame(derived)


def _block(
    names: Sequence[str], takes_derived: bool, source: Source, derived: pl.DataFrame
) -> pl.DataFrame:
    members = [source.frame[name] for name in names]
    return pl.DataFrame([*members, *derived.get_columns()] if takes_derived else members)


def _weigh(codec: Ngrams, hashed: Hashed) -> sparse.csr_matrix:
    rows = codec.select(hashed)
    return sparse.csr_matrix((rows.weights, rows.ids, rows.starts), (len(hashed), codec.width))


def _stack(text: list[sparse.csr_matrix]) -> sparse.csr_matrix | None:
    if len(text) < 2:
        return text[0] if text else None
    joined: sparse.csr_matrix = sparse.hstack(text, format="csr", dtype=np.float32)
    return joined


def _beside(parts: list[Float32], rows: int) -> Float32:
    if not parts:
        return np.zeros((rows, 1), dtype=np.float32)
    return parts[0] if len(parts) == 1 else np.concatenate(parts, axis=1)


def _beside_graph(graph: Graph, parts: list[str], any_input: str) -> str:
    if parts:
        return join_columns(graph, parts)
    rows = graph.node("Shape", any_input, start=0, end=1)
    shape = graph.node("Concat", rows, graph.int64([1]), axis=0)
    return graph.node("Expand", graph.float32([[0.0]]), shape)
