"""Whatever is sent, the answer is an answer or says what is wrong."""

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tiny_systems import LOAN

ODD = [10**400, 1e308, -(2**63), 2**64, "\x00", "\ud800", "9999-12-31", "-1", "1e400", "0x1"]
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(
        [10**400, 1e308, -(2**63), 2**64, "\x00", "\ud800", "9999-12-31", "-1", "1e400", "0x1"]
    )
)
ANYTHING = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)
COLUMNS = {"loans": list(LOAN), "houses": ["area", "year", "seen"]}
SYSTEMS = st.sampled_from(sorted(COLUMNS))
SETTINGS = settings(max_examples=60)


def check(response: Any) -> None:
    assert response.status_code in (200, 400), response.text
    body = response.json()
    if response.status_code == 400:
        assert body.keys() == {"error"}
        assert body["error"]
    else:
        assert body.keys() & {"predictions", "outputs", "explanations"}


@SETTINGS
@given(SYSTEMS, st.binary(max_size=60) | ANYTHING.map(lambda value: json.dumps(value).encode()))
def test_any_body(api: Any, system: str, body: bytes) -> None:
    check(api.post(f"/v1/{system}/predict", content=body))
    check(api.post(f"/v1/{system}/explain", content=body))
    check(api.post(f"/v2/models/{system}/infer", content=body))


@SETTINGS
@given(SYSTEMS, st.data())
def test_any_values_of_the_right_columns(api: Any, system: str, data: st.DataObject) -> None:
    row = st.fixed_dictionaries(dict.fromkeys(COLUMNS[system], SCALARS))
    rows = data.draw(st.lists(row, min_size=1, max_size=3))
    # json writes NaN and Infinity, as careless clients do.
    response = api.post(f"/v1/{system}/predict", content=json.dumps({"rows": rows}).encode())
    check(response)
    if response.status_code == 200:
        assert len(response.json()["predictions"]) == len(rows)


@SETTINGS
@given(SYSTEMS, st.data())
def test_any_tensors_of_the_right_columns(api: Any, system: str, data: st.DataObject) -> None:
    datatypes = st.sampled_from(["FP32", "FP64", "INT8", "INT64", "UINT64", "BOOL", "BYTES", "X"])
    inputs = [
        {
            "name": name,
            "shape": data.draw(st.sampled_from([[1, 1], [1], [2, 1], [], [-1]])),
            "datatype": data.draw(datatypes),
            "data": data.draw(st.lists(SCALARS, min_size=1, max_size=1) | ANYTHING),
        }
        for name in COLUMNS[system]
    ]
    body = json.dumps({"inputs": inputs}).encode()
    check(api.post(f"/v2/models/{system}/infer", content=body))
