"""Online figures are what the oracle says, asked as time goes by."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl
import pytest
from hypothesis import given, settings

from feature_agreement import check
from feature_histories import TABLE, History, histories, take
from keel.backends.open_online import open_online
from keel.features.figure import AS_OF
from keel.features.online import state
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


def asked_in_time(history: History) -> dict[str, pl.Series]:
    """Each row is asked once all that had arrived by its time is written."""
    events, rows = history.events, history.rows
    arrival = (events.time if events.arrival is None else events.arrival).to_list()
    order = sorted(range(len(arrival)), key=lambda i: arrival[i])
    found: list[pl.DataFrame] = []
    places = sorted(range(len(rows)), key=lambda i: rows.time[i])
    with opened(history) as features:
        written = 0
        for place in places:
            until = sum(a <= rows.time[place] for a in arrival)
            for i in order[written:until]:
                features.write(TABLE, take(events, [i]), [str(i).encode()])
            written = until
            found.append(pl.DataFrame(features.figures(rows.take([place]))))
    back = sorted(range(len(places)), key=lambda i: places[i])
    return {column.name: column for column in pl.concat(found)[back]}


@pytest.mark.parametrize("names", NAMES, ids=" ".join)
@pytest.mark.parametrize("folded_at", [2, state.FOLDED_AT])
def test_figures_are_what_the_oracle_says(
    names: tuple[str, ...], folded_at: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("keel.features.online.online_features.FOLDED_AT", folded_at)
    if folded_at == 2:
        monkeypatch.setattr("keel.features.online.state.SHALLOW", 3)
        monkeypatch.setattr("keel.features.online.tree.BLOCK_SIZE", 2)
        monkeypatch.setattr("keel.features.online.tree.GROUP_SIZE", 3)

    @settings(max_examples=15, derandomize=True, deadline=None)
    @given(histories(*names))
    def agree(history: History) -> None:
        check(asked_in_time(history), history)

    agree()


@pytest.mark.parametrize("names", NAMES, ids=" ".join)
def test_rows_asked_at_once_get_what_each_would_get_alone(names: tuple[str, ...]) -> None:
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
