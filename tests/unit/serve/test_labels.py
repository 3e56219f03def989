from datetime import UTC, datetime, timedelta

from sqlalchemy.engine import Engine

from keel.serve.labels import Label, Recorded, read_labels, record_labels

NOW = datetime(2026, 3, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_the_last_label_of_a_key_is_true_and_what_was_known_before_is_kept(engine: Engine) -> None:
    first = [Label("key", "1", "no"), Label("key", "2", "yes"), Label("request", "1", "yes")]
    assert record_labels(engine, "fraud", first, NOW) == Recorded(3, 0, 0)
    assert record_labels(engine, "fraud", first, NOW + HOUR) == Recorded(0, 0, 3)
    changed = [Label("key", "1", "yes", NOW), Label("key", "3", "no")]
    assert record_labels(engine, "fraud", changed, NOW + HOUR) == Recorded(1, 1, 0)
    now = read_labels(engine, "fraud").select("by", "key", "label", "known_at").sort("by", "key")
    assert now.rows() == [
        ("key", "1", "yes", NOW + HOUR),
        ("key", "2", "yes", NOW),
        ("key", "3", "no", NOW + HOUR),
        ("request", "1", "yes", NOW),
    ]
    before = read_labels(engine, "fraud", until=NOW + HOUR).sort("by", "key")
    assert before["label"].to_list() == ["no", "yes", "yes"]
    assert read_labels(engine, "fraud", since=NOW + HOUR)["key"].sort().to_list() == ["1", "3"]
    assert read_labels(engine, "credit").is_empty()


def test_of_one_key_twice_at_once_the_last_is_true(engine: Engine) -> None:
    twice = [Label("key", "1", "no"), Label("key", "1", "yes")]
    assert record_labels(engine, "fraud", twice, NOW) == Recorded(1, 1, 0)
    assert read_labels(engine, "fraud")["label"].to_list() == ["yes"]


def test_many_labels_are_kept_at_once(engine: Engine) -> None:
    many = [Label("key", str(number), "no") for number in range(1_300)]
    assert record_labels(engine, "fraud", many, NOW).new == 1_300
    assert record_labels(engine, "fraud", many, NOW).repeated == 1_300
