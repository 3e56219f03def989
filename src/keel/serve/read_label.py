"""Reads what somebody says turned out to be true, for one system."""

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from keel.errors import RequestError
from keel.serve.labels import Label
from keel.serve.rows import describe, text_of
from keel.spec.kinds import TaskName
from keel.spec.nearest import did_you_mean
from keel.tasks.detect import CLASSES, NORMAL_NAMES
from keel.train.export.signature import Signature

NORMAL, ANOMALY = CLASSES

_TRUTHS = ({"true", "false"}, {"0", "1"})
_SAME = {"true": "1", "false": "0", "1": "true", "0": "false"}


class LabelReader:
    """Knows the key, the classes and the kind of the labels of a version."""

    def __init__(self, signature: Signature, declaration: Mapping[str, Any]) -> None:
        """declaration: as the version records it. Raises RequestError for a system that learns
        from what users do."""
        if signature.task is TaskName.RECOMMEND:
            raise RequestError(
                "a system that recommends takes no labels: what users did is said as events, "
                "POST /v1/SYSTEM/events"
            )
        self._signature = signature
        said = declaration.get("label") or {}
        self.column: str | None = said.get("column")
        self._positive = None if said.get("positive") is None else str(said["positive"])
        tables: Mapping[str, Any] = declaration.get("data", {})
        self.table = next(iter(tables), None)
        self.key: str | None = None if self.table is None else tables[self.table].get("key")

    def read(self, row: Mapping[str, Any]) -> Label:
        """A label by `request_id` (and `row`, 0 unless said) or by the declared key.

        Raises ValueError saying what is wrong.
        """
        known = ["request_id", "row", "label", "at", *([] if self.key is None else [self.key])]
        for name in row:
            if name not in known:
                raise ValueError(f"{name!r} is not known: {did_you_mean(name, known)}")
        if "label" not in row:
            raise ValueError("it has no 'label'")
        label = self.value(row["label"])
        at = _moment(row.get("at"))
        if "request_id" in row:
            number = row.get("row", 0)
            if not isinstance(row["request_id"], str):
                raise ValueError(f"'request_id' is {describe(row['request_id'])}, not a text")
            if not isinstance(number, int) or isinstance(number, bool) or number < 0:
                raise ValueError(f"'row' is {number!r}; allowed is the number of a row, from 0 on")
            return Label("request", f"{row['request_id']}/{number}", label, at)
        key = None if self.key is None else text_of(row.get(self.key))
        if key is None:
            wanted = "'request_id'" if self.key is None else f"{self.key!r} or 'request_id'"
            raise ValueError(f"it does not say of what: give {wanted}")
        return Label("key", key, label, at)

    def value(self, value: Any) -> str:
        """A class, or a number as Python writes it. Raises ValueError for what is none."""
        match self._signature.task:
            case TaskName.REGRESS:
                return _number(value)
            case TaskName.DETECT:
                return self._anomaly(value)
            case _:
                return self._class(value)

    def of_event(self, row: Mapping[str, Any]) -> Label | None:
        """What a row of the first table says of its own label, if it says anything."""
        key = None if self.key is None else text_of(row.get(self.key))
        value = None if self.column is None else row.get(self.column)
        if key is None or value is None:
            return None
        try:
            return Label("key", key, self.value(value))
        except ValueError:
            return None

    def _class(self, value: Any) -> str:
        classes = self._signature.classes
        text = text_of(value)
        if text is None:
            raise ValueError(f"the label is {describe(value)}; allowed is {' or '.join(classes)}")
        if text not in classes and set(classes) in _TRUTHS:
            text = _SAME.get(text, text)
        if text not in classes:
            raise ValueError(f"the label {text!r} is no class: {did_you_mean(text, classes)}")
        return text

    def _anomaly(self, value: Any) -> str:
        text = text_of(value) or ""
        if text == self._positive or (self._positive is None and text in ("true", "1", ANOMALY)):
            return ANOMALY
        if text.lower() in NORMAL_NAMES:
            return NORMAL
        odd = self._positive or "true, 1 or 'anomaly'"
        shown = repr(value) if text else describe(value)
        raise ValueError(f"the label is {shown}; allowed is {odd}, or false, 0 or 'normal'")


def _number(value: Any) -> str:
    if not isinstance(value, int | float) or isinstance(value, bool) or not math.isfinite(value):
        raise ValueError(f"the label is {value!r}; allowed is a finite number")
    return repr(float(value))


def _moment(value: Any) -> datetime | None:
    if value is None:
        return None
    try:
        at = value if isinstance(value, datetime) else msgspec.convert(value, datetime)
    except msgspec.ValidationError as error:
        raise ValueError(f"'at' is {value!r}, which is no time in ISO 8601") from error
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at
