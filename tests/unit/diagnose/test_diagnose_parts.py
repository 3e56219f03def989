"""What the parts of a diagnosis say of themselves."""

import json

import numpy as np
import polars as pl
import pytest
from diagnose_case import ITEMS, healthy, items

from keel.data.histories import Histories
from keel.diagnose.chance import surprise_of_count, surprise_of_ratio, surprise_of_z
from keel.diagnose.coded import order_ids
from keel.diagnose.diagnose import diagnose
from keel.diagnose.finding import Finding, Severity
from keel.diagnose.item_labels import read_labels
from keel.diagnose.rank import rank
from keel.diagnose.situation import AskedModel
from keel.errors import InputError


def finding(kind: str, severity: Severity, affected: float, *explains: str) -> Finding:
    return Finding(kind, severity, "", "", "", 10.0, affected, explains)


def test_a_cause_is_read_before_what_follows_from_it() -> None:
    follows = finding("seen", Severity.CERTAIN, 1.0)
    cause = finding("ids", Severity.SUSPECT, 0.2, "seen")
    note = finding("note", Severity.NOTE, 1.0, "ids")
    twice = finding("ids", Severity.SUSPECT, 0.1)
    assert rank([note, follows, twice, cause]) == (cause, follows, note)


def test_chances_are_those_of_tables() -> None:
    # One-sided normal tail at 4.7534 is 1e-6: Abramowitz and Stegun 1964, table 26.6.
    assert surprise_of_z(4.75342) == pytest.approx(6.0, abs=1e-4)
    # P(X >= 3) for Poisson with mean 1 is 1 - 2.5 / e.
    assert 10 ** -surprise_of_count(3, 1.0) == pytest.approx(1 - 2.5 / np.e)
    assert surprise_of_ratio(np.log(1e8), 100) == pytest.approx(6.0)
    assert surprise_of_z(float("nan")) == 0.0
    assert surprise_of_count(0, 0.0) == 0.0


def test_ids_that_are_numbers_are_ordered_as_numbers() -> None:
    assert order_ids(pl.Series(["10", "9", "9"])).to_list() == ["9", "10"]
    assert order_ids(pl.Series(["10", "9", "x"])).to_list() == ["10", "9", "x"]


def test_labels_are_read_from_texts_that_are_parted() -> None:
    labels = read_labels(items(), items()["id"])
    assert labels is not None
    assert labels.column == "genres"
    assert labels.names == ("Comedy", "Drama", "Horror", "Short", "War")
    assert set(labels.of(1)) == {"Drama", "Short"}
    assert read_labels(items().select("id", "title"), items()["id"]) is None


def test_a_user_is_explained_item_by_item() -> None:
    case = healthy()
    user = case.situation.trained["user"][0]
    diagnosis = diagnose(case.with_(user=user))
    told = diagnosis.steps[2].saw
    shown = [line for line in told if line.startswith(tuple("123456789"))]
    assert len(shown) == 10
    assert all("there because of Film" in line for line in shown)
    assert any(f"user {user} has 30 events" in line for line in diagnosis.steps[0].saw)
    assert diagnosis.alarms == ()


def test_a_user_of_whom_nothing_is_known_is_told_so() -> None:
    diagnosis = diagnose(healthy().with_(user="nobody"))
    assert [found.kind for found in diagnosis.findings] == ["little known of the user"]
    assert any("all items score alike" in line for line in diagnosis.steps[2].saw)


def test_a_challenger_of_another_catalogue_is_asked_the_same() -> None:
    case = healthy("popularity")
    better = healthy("als")
    fewer = tuple(str(item) for item in range(1, ITEMS))[::-1]
    to = np.array([int(item) for item in fewer])

    def scores(asked: Histories) -> np.ndarray:
        whole = Histories(asked.start, to[asked.item], asked.value, ITEMS)
        return better.fitted.scores(whole)[:, to]

    other = AskedModel("films@2", "als", fewer, scores)
    diagnosis = diagnose(case.with_(challenger=other, user="1"))
    assert "films@2 (als) shows" in diagnosis.steps[-1].saw[0]
    assert "to the user: Film" in diagnosis.steps[-1].saw[1]
    assert [found.kind for found in diagnosis.findings] == ["worse than the challenger"]


def test_the_same_situation_gives_the_same_plain_values() -> None:
    one, other = (diagnose(healthy("als").situation).to_json() for _ in range(2))
    assert json.dumps(one) == json.dumps(other)
    assert one["healthy"] is True
    assert one["steps"][0]["step"] == "events: are they fresh and whole?"


def test_events_without_times_values_tables_or_answers_are_diagnosed() -> None:
    case = healthy()
    bare = case.situation.trained.with_columns(
        time=pl.lit(None, dtype=pl.Int64), value=pl.lit(None, dtype=pl.Float64)
    )
    situation = case.with_(
        trained=bare,
        now=bare,
        items_then=None,
        items_now=None,
        answers=case.situation.answers.clear(),
    )
    diagnosis = diagnose(situation)
    assert diagnosis.alarms == ()
    assert "not looked at: events have no time" in diagnosis.steps[0].saw


def test_a_version_without_events_cannot_be_diagnosed() -> None:
    case = healthy()
    with pytest.raises(InputError, match="records 0 events"):
        diagnose(case.with_(trained=case.situation.trained.clear()))
