"""Infers the declaration that a person would have written for a table."""

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from keel.data.infer_interactions import infer_interactions
from keel.data.kinds import Inferred, infer_kind, infer_label_kind, infer_time
from keel.data.problems import named_columns, table_problems
from keel.data.screen import LEAST_ROWS, is_named_like_id
from keel.data.sources.open import open_source
from keel.data.sources.source import BadLine
from keel.data.survey import ColumnFacts, Survey
from keel.errors import TableError
from keel.spec.kinds import Kind, TaskName
from keel.spec.log import LOG
from keel.spec.system import System, TableSpec
from keel.spec.time_form import TimeForm

MOST_DECLARED = 200
"""A table of more columns gets no `expect`: nobody would read it."""

RISING_SHARE = 0.95
"""A time column is the time of the rows if it is complete and this share of them do not fall."""

POSITIVE = frozenset(
    {"spam", "bad", "fraud", "positive", "pos", "churn", "churned", "default", "defaulted",
     "anomaly", "abnormal", "malignant", "attack", "failure", "failed"}
)  # fmt: skip
"""Words for the class that a person is after."""

OPPOSITES = {"yes": "no", "y": "n", "true": "false", "t": "f", "1": "0", "+1": "-1"}
"""Words that are the class one is after when the other class is their opposite."""


def infer_system(
    name: str,
    table_spec: TableSpec,
    target: str | None,
    *,
    task: TaskName | None = None,
    ignore: tuple[str, ...] = (),
    time: str | None = None,
    group: str | None = None,
    trials: int | None = None,
    minutes: float | None = None,
    seed: int | None = None,
    base: Path = Path(),
    frame: object | None = None,
) -> System:
    """The system that learns `target` from a table, after one pass over it; no target for a task
    that needs none. To recommend, target is the column of items and group that of users.

    What is given is kept; the kinds of the columns, the task, the positive class, the time and
    the key are inferred where they are not. Kinds are recorded under `expect` except where some
    values are not of the kind: those become missing, while a recorded kind would quarantine the
    rows. base: where relative paths start. frame: a table in memory to read instead.

    Raises TableError naming every given column that is not there.
    """
    train = _given(ignore=ignore or None, trials=trials, minutes=minutes, seed=seed)
    if task is TaskName.RECOMMEND:
        return infer_interactions(
            system_name(name),
            table_spec,
            item=target,
            user=group,
            time=time,
            train=train,
            base=base,
            frame=frame,
        )
    asked = _asked(name, table_spec, target, time, group)
    asked["task"] = task
    asked["train"] = train
    outline = System.model_validate(asked)
    source = open_source(
        table_spec.table if frame is None else frame,
        base=base,
        query=table_spec.query,
        columns=table_spec.columns,
        wanted=named_columns(outline),
        log=None if frame is not None else table_spec.log,
    )
    problems = table_problems(source, outline)
    if problems:
        raise TableError("\n".join(problems))
    survey = Survey(source.names, missing=frozenset(table_spec.missing), keys=True, label=target)
    for chunk in source.chunks(_ignore):
        survey.add(chunk.frame)
    if not any(column.rows for column in survey.facts.values()):
        raise TableError(f"{table_spec.table} has no rows: it needs at least one row of data")
    return _complete(asked, outline, survey.facts)


def _asked(
    name: str, table_spec: TableSpec, target: str | None, time: str | None, group: str | None
) -> dict[str, Any]:
    """What was said, as a declaration."""
    table = {**table_spec.model_dump(exclude_defaults=True), **_given(time=time)}
    return {
        "system": system_name(name),
        "data": {_table_name(table_spec.table): table},
        "label": None if target is None else {"column": target},
        "split": _given(group=group),
    }


def _complete(asked: dict[str, Any], outline: System, facts: dict[str, ColumnFacts]) -> System:
    """The declaration with what follows from the facts of its columns."""
    target = outline.target
    label = None if target is None else facts[target]
    task = outline.task or infer_task(infer_label_kind(facts[outline.labelled.column]).kind)
    kinds = {column: infer_kind(facts[column]) for column in facts}
    if label is not None:
        kinds[outline.labelled.column] = _label_kind(label, task)
    if outline.table.log is not None and LOG in kinds:
        kinds[LOG] = Inferred(Kind.SEQUENCE)
    taken = {target, outline.split.group, *outline.train.ignore}
    free = [column for column in facts if column not in taken]
    time = outline.table.time or _find_time(free, kinds, facts)
    if time is not None:
        kinds[time] = replace(infer_time(facts[time]), odd=0)
    key = outline.table.key or _find_key(free, kinds, facts)
    if key is not None:
        kinds[key] = Inferred(Kind.CATEGORY)
    (table,) = asked["data"].values()
    table |= _given(time=time, key=key)
    asked["task"] = task
    if label is not None:
        asked["label"] |= _given(positive=_positive(label, task))
    if len(kinds) <= MOST_DECLARED:
        exact = {column: inferred for column, inferred in kinds.items() if not inferred.odd}
        asked["expect"] = {column: _expected(inferred) for column, inferred in exact.items()}
    asked["promises"] = _promises(task, label)
    return System.model_validate({key: value for key, value in asked.items() if value})


def system_name(name: str) -> str:
    """The name as a system may be called: lower case, starting with a letter."""
    plain = re.sub(r"[^a-z0-9_-]+", "-", name.lower()).strip("-_")
    plain = plain if plain[:1].isalpha() else f"s-{plain}"
    return plain[:63].rstrip("-_") or "table"


def infer_task(column_kind: Kind) -> TaskName:
    """The task for a label of this kind in a checked table whose declaration names none."""
    return TaskName.REGRESS if column_kind is Kind.NUMBER else TaskName.CLASSIFY


def _table_name(table: str) -> str:
    if "://" in table:
        return "table"
    stem = Path(table).name.split(".")[0]
    return re.sub(r"\W+", "_", stem).strip("_").lower() or "table"


def _given(**values: object) -> dict[str, object]:
    return {name: value for name, value in values.items() if value is not None}


def _ignore(line: BadLine) -> None:
    """Bad lines are told by `check`."""


def _label_kind(label: ColumnFacts, task: TaskName) -> Inferred:
    if task is TaskName.REGRESS:
        return Inferred(Kind.NUMBER, label.present - label.numbers)
    return Inferred(Kind.BOOLEAN if label.truths else Kind.CATEGORY)


def _expected(inferred: Inferred) -> dict[str, object]:
    """A form that is in doubt is left for `check` to tell about, until a person declares it."""
    in_doubt = inferred.other is not None or inferred.form is TimeForm.ISO
    return {"type": inferred.kind, **_given(form=None if in_doubt else inferred.form)}


def _find_time(
    columns: list[str], kinds: Mapping[str, Inferred], facts: Mapping[str, ColumnFacts]
) -> str | None:
    """The first complete time column along which the rows are mostly sorted."""
    for name in columns:
        column = facts[name]
        rising = column.rises >= RISING_SHARE * column.pairs
        rising = rising and column.first_moment != column.last_moment
        if kinds[name].kind is Kind.TIME and not column.missing and rising:
            return name
    return None


def _find_key(
    columns: list[str], kinds: Mapping[str, Inferred], facts: Mapping[str, ColumnFacts]
) -> str | None:
    """The first complete column without a repeat that names or counts the rows."""
    for name in columns:
        column = facts[name]
        if not column.unique or column.missing or column.rows < LEAST_ROWS:
            continue
        if kinds[name].kind is Kind.CATEGORY:
            return name
        counts = column.high - column.low == column.rows - 1
        if kinds[name].kind is Kind.NUMBER and (counts or is_named_like_id(name)):
            return name
    return None


def _positive(label: ColumnFacts, task: TaskName) -> str | None:
    """Of two classes the one that a word says, else the rarer."""
    if task is not TaskName.CLASSIFY or label.values is None or len(label.values) != 2:
        return None
    words = {value.lower() for value in label.values}
    known = [
        value
        for value in label.values
        if value.lower() in POSITIVE or OPPOSITES.get(value.lower()) in words
    ]
    if len(known) == 1:
        return known[0]
    ranked = sorted(label.values.items(), key=lambda item: item[0], reverse=True)
    return min(ranked, key=lambda item: item[1])[0]


def _promises(task: TaskName, label: ColumnFacts | None) -> list[str]:
    """Bars that any use of the table would need: no leakage, and better than not looking; of a
    detector that it raises few alerts, and the same ones from other rows."""
    if task is TaskName.DETECT:
        alone = ["alerts <= 10%", "stability >= 0.5"]
        return alone if label is None else ["no leakage", "roc_auc >= 0.5", *alone]
    if task is TaskName.REGRESS or label is None:
        return ["no leakage", "r2 >= 0"]
    if label.values is not None and len(label.values) > 2 and label.present:
        usual = max(label.values.values()) / label.present
        return ["no leakage", f"accuracy >= {usual:.3f}"]
    return ["no leakage", "roc_auc >= 0.5"]
