"""Which features a system has."""

import pytest

from keel.data.table import Column
from keel.features.plan import plan_features
from keel.spec.kinds import Kind
from keel.spec.time_form import TimeForm

COLUMNS = (
    Column("paid", Kind.NUMBER),
    Column("owed", Kind.NUMBER),
    Column("at", Kind.TIME, TimeForm.DAY_MONTH_YEAR),
    Column("city", Kind.CATEGORY),
)


def test_a_feature_that_is_a_column_is_read_as_the_column_is():
    plan = plan_features({"when": "at", "hour": "hour(at)"}, COLUMNS)
    assert plan.columns == (
        Column("when", Kind.TIME, TimeForm.DAY_MONTH_YEAR),
        Column("hour", Kind.NUMBER),
    )


@pytest.mark.parametrize(
    ("kept", "needed"),
    [({"share"}, ["paid", "owed"]), ({"where"}, ["city"]), ({"hour", "paid"}, ["paid", "at"])],
)
def test_fewer_features_read_only_the_columns_that_they_need(kept: set[str], needed: list[str]):
    texts = {"share": "paid / owed", "where": "city", "hour": "hour(at)", "paid": "paid"}
    plan = plan_features(texts, COLUMNS).only(kept)
    assert {column.name for column in plan.columns} == kept
    assert [column.name for column in plan.source] == needed
