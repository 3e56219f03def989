"""Rows that are asked at once, after a backfill, get what the oracle says."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings

from feature_agreement import check
from feature_histories import TABLE, History, histories, take
from keel.backends.open_online import open_online
from keel.features.figure import AS_OF
from keel.features.online.online_features import OnlineFeatures

NAMES = (
    ("count", "since_last"),
    ("sum", "mean"),
    ("min", "max"),
    ("std", "var"),
    ("first", "last", "last_n"),
    ("distinct_count", "top_k"),
    ("approx_distinct_count", "quantile"),
    (AS_OF,),
)


@contextmanager
def opened(history: History) -> Iterator[OnlineFeatures]:
    with TemporaryDirectory() as folder:
        store = open_online(f"sqlite:///{Path(folder) / 'online.db'}")
        yield OnlineFeatures(store, "a system", history.figures)
        store.close()


@pytest.mark.parametrize("many", [False, True])
@pytest.mark.parametrize("names", NAMES, ids=" ".join)
def test_rows_asked_at_once_get_what_each_would_get_alone(
    names: tuple[str, ...], many: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if many:
        monkeypatch.setattr("keel.features.online.online_features.MANY", 0)

    @settings(max_examples=15, derandomize=True, deadline=None)
    @given(histories(*names))
    def agree(history: History) -> None:
        last = {key: place for place, key in enumerate(history.events.key)}
        events = take(history.events, sorted(last.values()))
        with opened(history) as features:
            features.fill(TABLE, events, [b""] * len(events))
            found = features.figures(history.rows)
        check(found, History(events, history.rows, history.figures))

    agree()
