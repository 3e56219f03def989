"""Answers and what turned out to be true, as evidence: one for each arm of one version."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from keel.evaluate.score import costs, groups_asked, units_asked
from keel.metrics.evidence import Evidence, Floats, Integers
from keel.monitor.label_selection import label_selection
from keel.monitor.later_events import LaterEvents
from keel.serve.answers.layout import ASKED, FEATURE
from keel.serve.answers.privacy import Privacy
from keel.spec.duration import format_duration
from keel.spec.kinds import TaskName
from keel.spec.private import LEAVE_OUT
from keel.spec.system import System
from keel.train.export.signature import Signature

_LABEL = "label"
_KNOWN_AT = "label_known_at"


@dataclass(frozen=True, eq=False)
class Answering:
    """A version that answered: its name, what went in and came out, and what was declared."""

    name: str
    signature: Signature
    declared: System
    privacy: Privacy | None = None


def live_evidence(
    answers: pl.DataFrame,
    labels: pl.DataFrame,
    version: Answering,
    *,
    now: datetime,
    dropped: pl.DataFrame | None = None,
    events: LaterEvents | None = None,
) -> dict[str, Evidence]:
    """The evidence of each arm under which `version` answered.

    answers: of this version alone, as `read_answers` gives them. labels: see `read_labels`.
    dropped: what the log did not keep of them. events: what users did, for lists.

    Every answer is a case, of answers to one event the first; a case counts as observed once its
    label is known and, where the declaration says `known_after`, that old: before, some classes
    would be known sooner than others. Every request has a latency and failed or not.
    """
    return {
        str(arm): _arm(part, labels, version, now, _lost(dropped, str(arm)), events)
        for (arm,), part in answers.partition_by("arm", as_dict=True).items()
    }


def _arm(
    answers: pl.DataFrame,
    labels: pl.DataFrame,
    version: Answering,
    now: datetime,
    lost: int,
    events: LaterEvents | None,
) -> Evidence:
    declared, signature = version.declared, version.signature
    requests = answers.filter(pl.col("row") == 0)
    cases = _labelled(_first_of_each(answers, declared), labels, version)
    if signature.task is TaskName.RECOMMEND:
        said = (events or LaterEvents()).hold(cases, now, version.privacy)
        output: Any = said.lists
        label: Integers | Floats = said.right
        observed, why = said.observed, None
    else:
        output, label = _output(cases, signature), _label(cases, signature)
        observed = _observed(cases, declared, now)
        why = label_selection(_acted(cases, signature), observed, _is_due(cases, declared, now))
    return Evidence(
        signature.task,
        output,
        label,
        _protocol(cases, version, observed, now, len(requests), lost),
        signature.classes,
        _decision(cases, signature),
        _clusters(cases),
        _columns(cases, groups_asked(declared.promises)),
        _columns(cases, units_asked(declared.promises)),
        _texts(cases["case"]),
        version.name,
        str(answers["arm"][0]),
        None if cases["unit"].null_count() == len(cases) else _texts(cases["unit"]),
        _times(cases["time"]),
        _times(cases[_KNOWN_AT]),
        _steps(cases),
        requests["latency_ms"].to_numpy(),
        requests["error"].is_not_null().to_numpy(),
        _steps(requests),
        observed,
        why,
        costs=costs(declared.decide),
        inputs=_inputs(cases, signature),
    )


def _first_of_each(answers: pl.DataFrame, declared: System) -> pl.DataFrame:
    """Answers that are no failures; of those to one event the first, as a request may be sent
    again. `case`: the event's key, else the answer's place."""
    place = pl.concat_str("request_id", pl.lit("/"), "row")
    key = _column(answers, declared.table.key) if declared.table.key else None
    keys = pl.Series("key", [None] * len(answers), pl.String) if key is None else _as_text(key)
    cases = answers.with_columns(place.alias("place"), keys.alias("key")).filter(
        pl.col("error").is_null()
    )
    cases = cases.with_columns(pl.coalesce("key", "place").alias("case"))
    return cases.unique("case", keep="first", maintain_order=True)


def _labelled(cases: pl.DataFrame, labels: pl.DataFrame, version: Answering) -> pl.DataFrame:
    """With the label of each case, by its place or else by its key, and when it became known."""
    labels = labels.with_columns(_hidden_keys(labels, version))
    found = cases
    for by, name in (("request", "place"), ("key", "key")):
        heard = labels.filter(pl.col("by") == by).unique("key", keep="last")
        heard = heard.select(
            pl.col("key").alias(name),
            pl.col("label").alias(f"{by} label"),
            pl.col("known_at").alias(f"{by} known"),
        )
        found = found.join(heard, on=name, how="left", maintain_order="left")
    return found.with_columns(
        pl.coalesce("request label", "key label").alias(_LABEL),
        pl.coalesce("request known", "key known").alias(_KNOWN_AT),
    )


def _hidden_keys(labels: pl.DataFrame, version: Answering) -> pl.Series:
    """Keys as answers hold them: pseudonyms where the key is private."""
    key, privacy = version.declared.table.key, version.privacy
    treatment = None if key is None or privacy is None else privacy.of(key)
    if treatment is None or treatment == LEAVE_OUT or privacy is None:
        return labels["key"]
    pairs = zip(labels["by"], labels["key"], strict=True)
    hidden = [privacy.pseudonym(key) if by == "key" else key for by, key in pairs]
    return pl.Series("key", hidden, pl.String)


def _output(cases: pl.DataFrame, signature: Signature) -> Floats:
    if signature.task is TaskName.REGRESS:
        return cases["prediction"].to_numpy()
    width = len(signature.scored)
    scores = cases["scores"].explode(empty_as_null=False, keep_nulls=False).to_numpy()
    return scores if signature.task is TaskName.DETECT else scores.reshape(-1, width)


def _label(cases: pl.DataFrame, signature: Signature) -> Integers | Floats:
    """0 where it is not known."""
    if signature.task is TaskName.REGRESS:
        return cases[_LABEL].cast(pl.Float64).fill_null(0.0).to_numpy()
    return _codes(cases[_LABEL], signature.classes)


def _decision(cases: pl.DataFrame, signature: Signature) -> Integers | None:
    if signature.task in (TaskName.REGRESS, TaskName.RECOMMEND):
        return None
    if "prediction" not in cases.columns or cases["prediction"].null_count():
        return None
    return _codes(cases["prediction"], signature.classes)


def _codes(texts: pl.Series, classes: Sequence[str]) -> Integers:
    codes = texts.replace_strict(
        list(classes), range(len(classes)), default=0, return_dtype=pl.Int64
    )
    return codes.fill_null(0).to_numpy()


def _is_due(cases: pl.DataFrame, declared: System, now: datetime) -> NDArray[np.bool_]:
    """[n] whether a label, if there is to be one, is known by now as far as is declared."""
    after = None if declared.label is None else declared.label.known_after
    if after is None:
        return np.ones(len(cases), dtype=bool)
    return (cases["time"] <= now - after).to_numpy()


def _observed(cases: pl.DataFrame, declared: System, now: datetime) -> NDArray[np.bool_]:
    known = (cases[_LABEL].is_not_null() & (cases[_KNOWN_AT] <= now)).fill_null(False)
    found: NDArray[np.bool_] = known.to_numpy() & _is_due(cases, declared, now)
    return found


def _acted(cases: pl.DataFrame, signature: Signature) -> pl.Series | None:
    """What was done about each case, as far as it is known: its action, or what was decided."""
    if signature.actions:
        return cases["action"]
    return cases["prediction"] if signature.classes else None


def _clusters(cases: pl.DataFrame) -> Integers | None:
    """Cases of one unit go together, else those of one request; None where each is alone."""
    named = pl.coalesce("unit", "request_id")
    codes = cases.select(named.rank("dense").cast(pl.Int64) - 1).to_series()
    return None if codes.n_unique() == len(cases) else codes.to_numpy()


def _columns(cases: pl.DataFrame, names: Sequence[str]) -> dict[str, NDArray[np.str_]]:
    found = {name: _column(cases, name) for name in names}
    return {name: _texts(_as_text(values)) for name, values in found.items() if values is not None}


def _column(answers: pl.DataFrame, name: str) -> pl.Series | None:
    """What answers say of a column of the request."""
    found = [place + name for place in (FEATURE, ASKED) if place + name in answers.columns]
    return answers[found[0]] if found else None


def _as_text(values: pl.Series) -> pl.Series:
    """Whole numbers without a point, as keys and groups are written."""
    if values.dtype.is_float():
        whole = (values == values.round()).all()
        values = values.cast(pl.Int64) if whole else values
    return values.cast(pl.String)


def _inputs(cases: pl.DataFrame, signature: Signature) -> Mapping[str, NDArray[Any]]:
    """Columns that are numbers or texts; a moment moves by itself, and a text differs in every
    row."""
    if signature.listing is not None:
        return {}
    found: dict[str, NDArray[Any]] = {}
    for column in signature.columns:
        name = FEATURE + column.name
        if name not in cases.columns or column.kind in ("time", "text", "sequence"):
            continue
        values = cases[name]
        is_text = values.dtype == pl.String
        found[column.name] = (
            _texts(values) if is_text else values.cast(pl.Float64).fill_null(np.nan).to_numpy()
        )
    return found


def _texts(values: pl.Series) -> NDArray[np.str_]:
    return values.fill_null("").to_numpy().astype(np.str_)


def _times(values: pl.Series) -> NDArray[np.datetime64]:
    return values.dt.replace_time_zone(None).to_numpy().astype("datetime64[us]")


def _steps(answers: pl.DataFrame) -> Integers | None:
    steps = answers["step"].cast(pl.Int64)
    return None if steps.null_count() == len(steps) else steps.fill_null(0).to_numpy()


def _lost(dropped: pl.DataFrame | None, arm: str) -> int:
    return 0 if dropped is None else int(dropped.filter(pl.col("arm") == arm)["dropped"].sum())


def _protocol(
    cases: pl.DataFrame,
    version: Answering,
    observed: NDArray[np.bool_],
    now: datetime,
    requests: int,
    lost: int,
) -> str:
    if not len(cases):
        return f"no answer of {version.name} was kept, of {requests:,} requests"
    first, last = cases["time"].dt.strftime("%Y-%m-%d %H:%M UTC").gather([0, -1])
    words = f"{len(cases):,} answers of {version.name} from {first} to {last}"
    words += f", {int(observed.sum()):,} of them with a label"
    young = int((~_is_due(cases, version.declared, now)).sum())
    label = version.declared.label
    if young and label is not None and label.known_after is not None:
        words += f"; {young:,} are younger than {format_duration(label.known_after)}, not due yet"
    if lost:
        words += f"; {lost:,} more ({lost / (lost + len(cases)):.1%}) were dropped by a full log"
    return words
