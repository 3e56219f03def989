"""How columns divide cases into slices."""

from datetime import datetime

import numpy as np
import polars as pl

from keel.data.table import Column
from keel.evaluate.clusters import clusters
from keel.evaluate.partitions import MISSING, partition_values, partitions
from keel.spec.kinds import Kind


def only(kind, values, dtype=None):
    frame = pl.DataFrame({"c": pl.Series("c", values, dtype=dtype)})
    return partitions((Column("c", kind),), frame)


def members(part):
    return {name: np.flatnonzero(part.code == i).tolist() for i, name in enumerate(part.names)}


def test_categories_are_slices_and_so_are_missing_ones():
    (part,) = only(Kind.CATEGORY, ["a", None, "b", "a"])
    assert members(part) == {"a": [0, 3], "b": [2], MISSING: [1]}


def test_only_the_most_frequent_categories_are_slices():
    values = [f"v{i:03d}" for i in range(80)] + ["often"] * 5
    part = partition_values("c", pl.Series(values))
    assert len(part.names) == 50
    assert part.names[0] == "often"
    assert (part.code == -1).sum() == 31


def test_few_distinct_numbers_are_slices_each():
    (part,) = only(Kind.NUMBER, [1.0, 2.5, None, 1.0])
    assert members(part) == {"1": [0, 3], "2.5": [1], MISSING: [2]}


def test_many_numbers_are_cut_into_fifths():
    (part,) = only(Kind.NUMBER, [*np.arange(100.0).tolist(), None])
    assert len(part.names) == 6
    assert np.bincount(part.code).tolist() == [20, 20, 20, 20, 20, 1]
    assert part.names[0].startswith("up to ")


def test_booleans_and_texts_are_cut_too():
    (part,) = only(Kind.BOOLEAN, [True, None, False])
    assert members(part) == {"true": [0], "false": [2], MISSING: [1]}
    (part,) = only(Kind.TEXT, ["x" * n for n in range(40)])
    assert part.names[0].endswith("characters")


def test_times_are_cut_by_hour_weekday_and_month():
    times = [datetime(2024, 1, 1, 2), datetime(2024, 1, 6, 14), datetime(2024, 2, 4, 23), None]
    hour, weekday, month = only(Kind.TIME, times, pl.Datetime("us"))
    assert (hour.column, weekday.column, month.column) == (
        "hour of c",
        "weekday of c",
        "month of c",
    )
    assert members(hour)["18 to 23 h"] == [2]
    assert members(weekday)["Saturday"] == [1]
    assert members(month)["2024-01"] == [0, 1]
    assert members(weekday)[MISSING] == [3]


def test_alike_cases_form_clusters_named_after_what_is_unusual():
    random = np.random.default_rng(0)
    far = np.arange(400) < 60
    frame = pl.DataFrame(
        {
            "age": random.normal(40, 5, 400) + 60 * far,
            "debt": random.normal(10, 2, 400) + 30 * far,
            "name": ["n"] * 400,
        }
    )
    columns = (
        Column("age", Kind.NUMBER),
        Column("debt", Kind.NUMBER),
        Column("name", Kind.CATEGORY),
    )
    part = clusters(columns, frame, seed=0)
    inside = {part.names[code] for code in part.code[far]}
    assert all("high age" in name and "high debt" in name for name in inside)
    assert not inside & {part.names[code] for code in part.code[~far]}
    assert np.array_equal(part.code, clusters(columns, frame, seed=0).code)


def test_one_number_forms_no_clusters():
    frame = pl.DataFrame({"age": np.arange(200.0)})
    assert clusters((Column("age", Kind.NUMBER),), frame, seed=0) is None
