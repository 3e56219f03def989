"""Declared features, built, shown and held against the online path."""

import datetime as dt
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

import keel
import keel.walk.features.build_on_disk as build_on_disk
import keel.walk.features.build_set as built_sets
from feature_tables import write_feature_tables
from keel.declare import read_declaration
from keel.errors import DeclarationError, RequestError
from keel.lifecycle import run
from keel.store import Store
from keel.train.progress import silent
from keel.walk.features.build_set import build_set
from keel.walk.features.prepared import FeaturesPrepared, prepare_features
from keel.walk.features.show import show_features
from keel.walk.features.verify import verify
from tiny_systems import open_tiny_store


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pay")
    write_feature_tables(folder)
    return folder


@pytest.fixture(scope="module")
def store(folder: Path) -> Store:
    return open_tiny_store(folder / ".keel")


@pytest.fixture(scope="module")
def prepared(folder: Path, store: Store) -> FeaturesPrepared:
    declared = read_declaration(folder / "keel.yaml")
    return prepare_features(declared.system, folder, store.settings, silent)


def test_a_training_set_keeps_its_rows_and_their_order(
    folder: Path, prepared: FeaturesPrepared
) -> None:
    built = build_set(prepared, str(folder / "examples.csv"), folder / "built.parquet", silent)
    found = pl.read_parquet(folder / "built.parquet")
    asked = pl.read_csv(folder / "examples.csv")
    assert (built.rows, built.features) == (30, 15)
    assert found["tx_id"].to_list() == asked["tx_id"].cast(pl.String).to_list()
    assert found.columns[:4] == asked.columns


def test_tables_that_memory_does_not_hold_give_the_same_training_set(
    folder: Path, prepared: FeaturesPrepared, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(built_sets, "MOST_ROWS", 0)
    monkeypatch.setattr(build_on_disk, "SLICE", 7)
    build_set(prepared, str(folder / "examples.csv"), folder / "parts.parquet", silent)
    monkeypatch.undo()
    build_set(prepared, str(folder / "examples.csv"), folder / "whole.parquet", silent)
    parts, whole = (pl.read_parquet(folder / f"{n}.parquet") for n in ("parts", "whole"))
    assert_frame_equal(parts, whole, check_exact=True)
    assert not [path for path in folder.iterdir() if path.name.startswith("tmp")]


def test_what_examples_lack_comes_from_their_own_events(
    folder: Path, prepared: FeaturesPrepared
) -> None:
    build_set(prepared, str(folder / "examples.csv"), folder / "own.parquet", silent)
    found = pl.read_parquet(folder / "own.parquet")
    payments = pl.read_parquet(folder / "payments.parquet")
    amounts = dict(zip(payments["tx_id"].cast(pl.String), payments["amount"], strict=True))
    assert found["amount"].to_list() == [amounts[key] for key in found["tx_id"]]


def test_of_rows_of_one_key_the_one_that_arrived_last_is_the_own_event(
    tmp_path: Path, store: Store
) -> None:
    (tmp_path / "events.csv").write_text(
        "id,at,there,who,arrival\n"
        "1,2026-01-01,2026-01-09,a,2\n1,2026-01-01,2026-01-05,a,1\n2,2026-01-02,,a,3\n"
    )
    (tmp_path / "keel.yaml").write_text(
        "data:\n  events: {table: events.csv, key: id, time: at, arrived: there}\n"
        "entities: {who: who}\n"
        "features: {arrival: arrival, n: count() over 9d by who}\n"
    )
    declared = read_declaration(tmp_path / "keel.yaml")
    prepared = prepare_features(declared.system, tmp_path, store.settings, silent)
    (tmp_path / "asked.csv").write_text("id,at\n1,2026-01-10\n2,2026-01-10\n3,2026-01-10\n")
    build_set(prepared, str(tmp_path / "asked.csv"), tmp_path / "out.parquet", silent)
    built = pl.read_parquet(tmp_path / "out.parquet")
    assert built["arrival"].to_list() == [2.0, 3.0, None]
    assert built["n"].to_list() == [1.0, 1.0, 0.0]


def test_features_are_what_plain_loops_over_the_past_say(
    folder: Path, prepared: FeaturesPrepared
) -> None:
    build_set(prepared, str(folder / "examples.csv"), folder / "loops.parquet", silent)
    payments = pl.read_parquet(folder / "payments.parquet").to_dicts()
    customers = pl.read_csv(folder / "customers.csv", try_parse_dates=True).to_dicts()
    week, four_weeks = dt.timedelta(days=7), dt.timedelta(days=28)
    by_id = {str(row["tx_id"]): row for row in payments}
    for row in pl.read_parquet(folder / "loops.parquet").to_dicts():
        mine = by_id[row["tx_id"]]
        now = mine["at"]
        before = [p for p in payments if p["customer_id"] == mine["customer_id"]]
        spent = [p["amount"] for p in before if now - week < p["at"] < now]
        assert row["spend_7d"] == (pytest.approx(sum(spent)) if spent else None)
        hour = [p for p in before if now - dt.timedelta(hours=1) < p["at"] < now]
        assert row["payments_1h"] == len(hour) + 1
        known = [
            p["is_fraud"]
            for p in payments
            if p["terminal_id"] == mine["terminal_id"]
            and now - week - four_weeks < p["at"] < now - week
        ]
        assert row["risk"] == (pytest.approx(sum(known) / len(known)) if known else None)
        (*_, income) = [
            c["income"]
            for c in customers
            if c["customer_id"] == mine["customer_id"] and c["since"] <= now
        ]
        assert row["relative"] == pytest.approx(mine["amount"] / income)


def test_online_and_offline_agree(prepared: FeaturesPrepared, store: Store) -> None:
    verified = verify(prepared, 60, store.settings.scratch, silent)
    assert [feature for feature in verified.features if not feature.same] == []
    assert (verified.rows, verified.events) == (60, 524)


def test_features_are_explained(prepared: FeaturesPrepared, store: Store) -> None:
    shown = {feature.name: feature for feature in show_features(prepared, store)}
    assert shown["spend_7d"].owner == "customer team"
    assert shown["spend_7d"].shared == "shared/customer.yaml"
    assert shown["risk"].freshness == "what was so 7d before"
    assert shown["risk"].newest == prepared.frames["payments"]["at"].max()
    assert shown["amount"].newest is None
    assert "mean of is_fraud in payments of the same terminal, within 28d" in shown["risk"].words
    assert shown["relative"].lineage[0] == "payments.amount"
    assert "customers.income" in shown["relative"].lineage


def test_what_is_usual_is_left_out_and_arrivals_are_not(tmp_path: Path, store: Store) -> None:
    (tmp_path / "visits.csv").write_text(
        "id,at,came,who,page\n1,2026-01-01,2026-01-02,a,x\n2,2026-01-03,2026-01-03,b,y\n"
    )
    (tmp_path / "keel.yaml").write_text(
        "data:\n  visits: {table: visits.csv, key: id, time: at, arrived: came}\n"
        "entities: {who: who}\n"
        "features: {pages: distinct_count(page) over 9d by who}\n"
    )
    declared = read_declaration(tmp_path / "keel.yaml")
    prepared = prepare_features(declared.system, tmp_path, store.settings, silent)
    [shown] = show_features(prepared, store)
    assert shown.words.startswith(
        "the number of different values of page in visits of the same who"
    )
    assert shown.lineage == ("visits.page", "visits.who", "visits.at", "visits.came")


def test_keys_that_are_not_unique_are_told(tmp_path: Path, store: Store) -> None:
    (tmp_path / "visits.csv").write_text(
        "id,at,who\n1,2026-01-01,a\n1,2026-01-02,b\n2,2026-01-03,b\n3,2026-01-03,a\n"
    )
    (tmp_path / "keel.yaml").write_text(
        "data:\n  visits: {table: visits.csv, key: id, time: at}\n"
        "entities: {who: who}\nfeatures: {n: count() over 9d by who}\n"
    )
    told: list[str] = []
    prepare_features(
        read_declaration(tmp_path / "keel.yaml").system, tmp_path, store.settings, told.append
    )
    assert any("id is not unique: 1 row says an event again (0.25 of all)" in line for line in told)


def test_what_is_called_like_a_window_of_a_shared_feature_is_not_shared(
    tmp_path: Path, store: Store
) -> None:
    write_feature_tables(tmp_path)
    file = tmp_path / "keel.yaml"
    file.write_text(file.read_text().replace("  night:", "  spend_now: amount * 2\n  night:"))
    prepared = prepare_features(read_declaration(file).system, tmp_path, store.settings, silent)
    shown = {feature.name: feature.owner for feature in show_features(prepared, store)}
    assert (shown["spend_now"], shown["spend_1d"]) == (None, "customer team")


def test_features_of_a_declaration_are_had_from_python(folder: Path) -> None:
    row = {"customer_id": 3, "terminal_id": 4, "at": "2026-02-09T12:00:00"}
    (found,) = keel.features.at(folder, [row], home=folder / ".keel").to_dicts()
    assert found["spend_7d"] > 0
    assert found["at"] == "2026-02-09T12:00:00"


def test_rows_without_a_time_are_refused(folder: Path, prepared: FeaturesPrepared) -> None:
    pl.DataFrame({"customer_id": [3]}).write_csv(folder / "timeless.csv")
    with pytest.raises(RequestError, match="no column 'at', as of which"):
        build_set(prepared, str(folder / "timeless.csv"), folder / "no.parquet", silent)
    assert not (folder / "no.parquet").exists()


def test_a_shared_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    write_feature_tables(tmp_path)
    (tmp_path / "shared" / "customer.yaml").unlink()
    with pytest.raises(DeclarationError, match="cannot read"):
        read_declaration(tmp_path / "keel.yaml")


def test_a_shared_name_that_is_taken_is_told(tmp_path: Path) -> None:
    write_feature_tables(tmp_path)
    (tmp_path / "shared" / "customer.yaml").write_text("features: {amount: amount * 2}\n")
    with pytest.raises(DeclarationError, match="there is another feature 'amount'"):
        read_declaration(tmp_path / "keel.yaml")


def test_a_declaration_of_features_needs_data_entities_and_features_alone(
    tmp_path: Path, store: Store
) -> None:
    write_feature_tables(tmp_path)
    (tmp_path / "keel.yaml").write_text(
        "data:\n  payments: {table: payments.parquet, key: tx_id, time: at}\n"
        "entities: {customer: customer_id}\n"
        "features: {spend: sum(amount) over 7d by customer}\n"
    )
    declared = read_declaration(tmp_path / "keel.yaml")
    prepared = prepare_features(declared.system, tmp_path, store.settings, silent)
    built = build_set(prepared, str(tmp_path / "examples.csv"), tmp_path / "out.csv", silent)
    assert (built.rows, built.features) == (30, 1)


def test_events_without_a_key_or_a_time_are_set_aside(tmp_path: Path, store: Store) -> None:
    write_feature_tables(tmp_path)
    logins = pl.read_csv(tmp_path / "logins.csv").with_row_index()
    missing = pl.when(pl.col("index") != 3).then("login_id").alias("login_id")
    late = pl.when(pl.col("index") != 5).then("when").alias("when")
    logins.with_columns(missing, late).drop("index").write_csv(tmp_path / "logins.csv")
    declared = read_declaration(tmp_path / "keel.yaml")
    prepared = prepare_features(declared.system, tmp_path, store.settings, silent)
    assert prepared.checked.beside["logins"].quarantine.reasons == {
        "login_id is missing": 1,
        "when is missing": 1,
    }


def test_an_ignored_feature_is_still_there_for_others(tmp_path: Path, store: Store) -> None:
    write_feature_tables(tmp_path)
    file = tmp_path / "keel.yaml"
    ignoring = "train: {ignore: [spend_1d, night], models: [logistic]"
    file.write_text(file.read_text().replace("train: {models: [logistic]", ignoring))
    declared = read_declaration(file)
    finished = run(declared.system, base=tmp_path, store=store, tell=silent)
    signature = finished.predictor.signature
    names = [column.name for column in signature.columns]
    assert "spend_1d" not in names
    assert {"share", "nights"} <= set(names)
    row = {"customer_id": "3", "terminal_id": "4", "at": "2026-02-09T12:00:00", "amount": 3.0}
    assert len(finished.predictor.answer(pl.DataFrame([row])).output) == 1


def test_what_a_label_of_texts_means_yes_by_is_judged_on_all_its_rows(
    tmp_path: Path, store: Store
) -> None:
    # More rows than a piece of the checked table holds: in the last piece "p" is the rarer one.
    said = ["p"] * 65_536 + ["q"] * 1_000 + ["p"]
    visits = pl.DataFrame({"id": range(len(said)), "who": "a", "said": said})
    day = pl.lit(dt.datetime(2026, 1, 1)) + pl.duration(seconds=pl.col("id"))
    visits.with_columns(day.alias("at")).write_parquet(tmp_path / "visits.parquet")
    (tmp_path / "keel.yaml").write_text(
        "data:\n  visits: {table: visits.parquet, key: id, time: at}\n"
        "entities: {who: who}\nlabel: {column: said, known_after: 1h}\n"
        "features: {share: mean(said) over 9d by who}\n"
    )
    declared = read_declaration(tmp_path / "keel.yaml")
    prepared = prepare_features(declared.system, tmp_path, store.settings, silent)
    assert prepared.plan.events.positive == {"said": "q"}
    assert len(list(prepared.tables["visits"].slices(["said"]))) > 1
