import math
from collections.abc import Callable
from types import MappingProxyType

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from keel.errors import ArtifactError
from keel.evaluate.leakage.finding import Finding, Severity
from keel.metrics.estimate import Estimate
from keel.promises.verdict import Outcome, Verdict
from keel.registry.jsonable import from_json, to_json
from keel.registry.record import Record, figure, hash_declaration, read_record, write_record

MakeRecord = Callable[..., Record]


def test_a_record_comes_back_as_it_was_written(make_record: MakeRecord) -> None:
    record = make_record(
        verdicts=(Verdict("no leakage", Outcome.KEPT, "nothing was found", right_side=True),),
        leakage=(
            Finding("copy", ("a", "b"), Severity.CERTAIN, "a = label", "it copies", "ignore a"),
        ),
        parameters={"C": math.inf, "shrink": -math.inf, "depth": None, "encoder": {"bins": [1, 2]}},
        metrics={"roc_auc": figure(Estimate(0.5, math.nan, math.nan, 3), "at random, seed 7")},
    )
    assert read_record(write_record(record)) == record
    assert record.metrics["roc_auc"].low is None


def test_keys_stay_in_their_order(make_record: MakeRecord) -> None:
    actions = {"deliver": "otherwise", "flag": "precision >= 0.9", "block": "precision >= 0.99"}
    record = make_record(declaration={"decide": actions})
    read = read_record(write_record(record)).declaration["decide"]
    assert list(read) == list(actions)  # type: ignore[call-overload]
    assert write_record(record) == write_record(make_record(declaration={"decide": actions}))


def test_values_of_libraries_are_written_as_plain_ones(make_record: MakeRecord) -> None:
    record = make_record(
        parameters={"n": np.int64(3), "lr": np.float32(0.5), "deep": MappingProxyType({"x": 1})},
        parity_max_abs_diff=np.float64(0.25),
    )
    read = read_record(write_record(record))
    assert read.parameters == {"n": 3, "lr": 0.5, "deep": {"x": 1}}
    assert read.parity_max_abs_diff == 0.25


def test_what_cannot_be_recorded_is_named(make_record: MakeRecord) -> None:
    with pytest.raises(NotImplementedError, match="cannot record a object"):
        write_record(make_record(signature={"x": object()}))


@pytest.mark.parametrize(
    "content", [b"", b"{}", b"[1]", b"\xff", b'{"system": 3}', b'{"format": 2}']
)
def test_what_is_not_a_record_is_refused(content: bytes) -> None:
    with pytest.raises(ArtifactError, match=r"version\.json does not read"):
        read_record(content)


def test_a_record_of_a_later_format_is_refused(make_record: MakeRecord) -> None:
    with pytest.raises(ArtifactError, match="format 2"):
        read_record(write_record(make_record(format=2)))


def test_a_declaration_has_one_hash_whatever_the_order_of_its_keys() -> None:
    one = hash_declaration({"a": 1, "b": {"c": 2, "d": 3}})
    assert one == hash_declaration({"b": {"d": 3, "c": 2}, "a": 1})
    assert one != hash_declaration({"a": 1, "b": {"c": 2, "d": 4}})


values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats() | st.text("abc"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc"), inner, max_size=3),
)


@given(values)
def test_json_values_come_back(value: object) -> None:
    assert repr(from_json(to_json(value))) == repr(value)
