"""Recommenders walk from tables to a registered version that answers."""

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import keel
from keel.batch import answer_table
from keel.clock import system_clock
from keel.errors import DeclarationError, RequestError
from keel.lifecycle import Run, run
from keel.promises.verdict import Outcome
from keel.registry.artifact import read_version_record
from keel.reproduce import reproduce
from keel.serve.new_events import Happened, recent_events, record_events
from keel.settings import read_settings
from keel.store import Store, open_store
from keel.train.export.ask_options import AskOptions
from keel.train.export.open_predictor import open_predictor
from keel.train.progress import silent
from keel.train.recommend.predictor import RecommendPredictor
from recommend_tables import declared, events, write_tables

PROMISES = [
    "ndcg at 10 >= 0.05",
    "recall at 5 by region >= 0.01",
    "no leakage",
    "latency_p99 <= 5 s",
    "beats champion on ndcg at 10 by 0.01",
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("films")
    write_tables(made)
    return made


@pytest.fixture(scope="module")
def store(folder: Path) -> Store:
    return open_store(read_settings({"KEEL_HOME": str(folder / ".keel")}))


@pytest.fixture(scope="module")
def walked(folder: Path, store: Store) -> Run:
    return run(declared(promises=PROMISES), base=folder, store=store, tell=silent)


def ask(walked: Run, row: dict[str, object], **options: object) -> list[str]:
    (shown,) = walked.predictor.answer(pl.DataFrame([row]), AskOptions(**options)).lists or ()
    return [one.item for one in shown]


def test_tables_become_a_version_that_keeps_its_promises(walked: Run) -> None:
    report = walked.report
    assert report.status == "champion"
    assert {"ndcg at 10", "recall at 10", "coverage at 10", "mrr"} <= set(report.metrics)
    outcomes = [verdict.outcome for verdict in report.promises]
    assert outcomes == [Outcome.KEPT] * 4 + [Outcome.PENDING]
    assert report.metrics["ndcg at 10"].value > 0.1
    card = (walked.folder / "card.html").read_text()
    assert "films" in card
    assert "first used in the last 30 days" in card
    record = read_version_record(walked.folder)
    assert set(record.beside) == {"films", "people"}
    assert json.loads((walked.folder / "signature.json").read_text())["task"] == "recommend"


def test_a_known_user_is_shown_new_items_of_their_taste_with_reasons(walked: Run) -> None:
    had = set(events().filter(pl.col("user") == "u4")["item"])
    (shown,) = walked.predictor.answer(pl.DataFrame({"user": ["u4"]})).lists or ()
    items = [one.item for one in shown]
    assert not had & set(items)
    even = [int(item[1:]) % 2 == 0 for item in items[:5]]
    assert sum(even) >= 4
    assert any("because you chose Item number" in reason for one in shown for reason in one.reasons)


def test_seen_items_come_back_when_asked_for(walked: Run) -> None:
    had = set(events().filter(pl.col("user") == "u4")["item"])
    assert had & set(ask(walked, {"user": "u4"}, exclude_seen=False))


def test_a_user_never_seen_is_served_from_the_history_sent(walked: Run) -> None:
    odd = ask(walked, {"user": "new", "history": "i01\ni03\ni05"}, k=5)
    even = ask(walked, {"user": "new", "history": "i00\ni02\ni04"}, k=5)
    assert sum(int(item[1:]) % 2 for item in odd) > sum(int(item[1:]) % 2 for item in even)
    nothing = ask(walked, {"user": None}, k=3)
    assert nothing == ask(walked, {"user": "new", "history": ""}, k=3)
    assert "i00" in nothing


def test_filters_and_diversity_shape_the_list(walked: Run) -> None:
    horror = ask(walked, {"user": "u4"}, filter={"genre": "Horror"})
    assert horror
    assert all(int(item[1:]) % 2 for item in horror)
    plain = ask(walked, {"user": "u4"}, k=5)
    varied = ask(walked, {"user": "u4"}, k=5, diversity=0.9)
    assert plain[0] == varied[0]
    assert plain != varied


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"k": 0}, "option 'k' is 0; allowed is 1 to 39, as 39 items are known"),
        ({"k": 40}, "option 'k' is 40"),
        ({"diversity": 2.0}, "option 'diversity' is 2"),
        ({"filter": {"gnre": "Comedy"}}, "did you mean 'genre'?"),
        ({"filter": {"genre": "Comdy"}}, "did you mean 'Comedy'?"),
    ],
)
def test_options_that_cannot_be_had_are_refused(
    walked: Run, options: dict[str, object], told: str
) -> None:
    with pytest.raises(RequestError) as raised:
        ask(walked, {"user": "u4"}, **options)
    assert told in str(raised.value)


def test_items_nobody_knows_are_counted_and_values_that_are_none_refused(walked: Run) -> None:
    asked = pl.DataFrame([{"user": "u4", "history": 'i01\ni999\n{"item": "i03", "value": 5}'}])
    assert walked.predictor.answer(asked).unread == {"history": 1}
    wrong = pl.DataFrame([{"user": "u4", "history": '{"item": "i03", "value": "good"}'}])
    with pytest.raises(RequestError, match="value of item i03 is 'good'"):
        walked.predictor.answer(wrong)


def test_rows_are_answered_alone_as_together(walked: Run) -> None:
    users = [f"u{code}" for code in range(20)] + ["stranger"]
    together = walked.predictor.answer(pl.DataFrame({"user": users})).lists or ()
    for user, shown in zip(users, together, strict=True):
        (alone,) = walked.predictor.answer(pl.DataFrame({"user": [user]})).lists or ()
        assert [one.item for one in alone] == [one.item for one in shown]


def test_ids_are_read_as_in_training_and_no_rows_get_no_answers(walked: Run) -> None:
    assert ask(walked, {"user": " u4 "}) == ask(walked, {"user": "u4"})
    assert ask(walked, {"user": "u4", "history": ["i01", None]}) == ask(
        walked, {"user": "u4", "history": "i01"}
    )
    assert walked.predictor.answer(pl.DataFrame({"user": []}, {"user": pl.String})).lists == ()
    with pytest.raises(RequestError, match="there is no column 'user' to answer by, only usr"):
        ask(walked, {"usr": "u4"})


def test_a_table_of_users_is_answered_a_row_for_each_item(
    walked: Run, store: Store, tmp_path: Path
) -> None:
    asked = tmp_path / "asked.csv"
    asked.write_text("user\nu4\nu5\n")
    options = AskOptions(k=4)
    into = tmp_path / "out.csv"
    answered = answer_table(store, "films", str(asked), into, options=options, tell=silent)
    found = pl.read_csv(into)
    assert answered.rows == 2
    assert found.columns == ["user", "place", "item", "score", "reasons"]
    assert found.filter(pl.col("user") == "u5")["item"].to_list() == ask(
        walked, {"user": "u5"}, k=4
    )


def test_a_frame_becomes_a_session_that_answers(tmp_path: Path) -> None:
    finished = keel.run(events(), task="recommend", name="films", trials=1, home=tmp_path / "home")
    found = finished.predict([{"user": "u4"}, {"user": "stranger"}], k=3)
    assert found["row"].to_list() == [0, 0, 0, 1, 1, 1]
    assert found["place"].to_list() == [1, 2, 3] * 2
    with pytest.raises(RequestError, match="did you mean 'diversity'"):
        finished.predict([{"user": "u4"}], divers=1)


def test_a_new_event_changes_the_next_answer(walked: Run, store: Store) -> None:
    predictor = open_predictor(walked.folder)
    assert isinstance(predictor, RecommendPredictor)
    first = ask(walked, {"user": "u6"})[0]

    fresh = open_predictor(walked.folder, recent=recent_events(store.engine, "films"))
    record_events(store.engine, "films", [Happened("u6", first, system_clock())])
    (shown,) = fresh.answer(pl.DataFrame({"user": ["u6"]})).lists or ()
    assert first not in [one.item for one in shown]


def test_the_same_tables_give_the_same_version_again(walked: Run, store: Store) -> None:
    found = reproduce(str(walked.version), store, silent)
    assert found.same, found.differences


def test_a_second_version_is_held_against_the_first(
    walked: Run, folder: Path, store: Store
) -> None:
    assert walked.report.status == "champion"
    weaker = declared(
        promises=["beats champion on ndcg at 10 by 0.01"],
        train={"trials": 1, "models": ["popularity"]},
    )
    again = run(weaker, base=folder, store=store, tell=silent)
    (verdict,) = again.report.promises
    assert verdict.outcome is not Outcome.PENDING
    assert again.report.status == "held"


def test_ratings_are_foretold_when_errors_are_what_counts(folder: Path, tmp_path: Path) -> None:
    system = declared(
        system="stars",
        train={"trials": 2, "metric": "rmse", "models": ["rating_means", "biased_mf"]},
        split={"by": "random", "folds": 2},
        promises=["rmse <= 1"],
    )
    home = open_store(read_settings({"KEEL_HOME": str(tmp_path / ".keel")}))
    report = run(system, base=folder, store=home, tell=silent).report
    assert report.metrics["rmse"].value < 0.9
    assert np.isfinite(report.metrics["mae"].value)
    assert report.status == "champion"


@pytest.mark.parametrize(
    ("train", "told"),
    [
        ({"models": ["eas"]}, "no recommender 'eas' for ndcg at 10; did you mean 'ease'?"),
        ({"models": ["biased_mf"]}, "no recommender 'biased_mf' for ndcg at 10"),
        ({"metric": "roc_auc"}, "roc_auc is not a metric of recommend"),
    ],
)
def test_models_and_metrics_that_do_not_apply_are_told(
    folder: Path, store: Store, train: dict[str, object], told: str
) -> None:
    with pytest.raises(DeclarationError) as raised:
        run(declared(train=train), base=folder, store=store, tell=silent)
    assert told in str(raised.value)
