"""A small world of two tastes, and how to ask a recommender's graph."""

from functools import cache

import numpy as np
import onnxruntime
import polars as pl
from numpy.typing import NDArray

from keel.data.histories import Histories
from keel.data.interactions import Interactions
from keel.data.table import Column
from keel.spec.kinds import Kind
from keel.train.recommend.content import Content, read_content
from keel.train.recommend.top_items import write_graph
from keel.train.recommender import Fit, FittedRecommender

USERS, ITEMS = 80, 40
START = np.datetime64("2026-01-01T00:00:00", "us")


@cache
def world(seed: int = 0) -> Interactions:
    """Even users use even items, and odd users odd ones, nine times of ten; the first items are
    the most used, nobody uses the last two. What is of one's taste is rated higher."""
    random = np.random.default_rng(seed)
    user, item, value = [], [], []
    for who in range(USERS):
        popular = 1.0 / (1.0 + np.arange(ITEMS - 2))
        taste = np.where(np.arange(ITEMS - 2) % 2 == who % 2, 9.0, 1.0)
        chance = popular * taste
        size = random.integers(4, 14)
        chosen = random.choice(ITEMS - 2, size, replace=False, p=chance / chance.sum())
        user += [who] * size
        item += list(chosen)
        value += list(np.where(chosen % 2 == who % 2, 4.0, 2.0) + random.integers(0, 2, size))
    time = START + random.permutation(len(user)) * np.timedelta64(3600, "s")
    return Interactions(
        np.array(user), np.array(item), USERS, ITEMS, time, np.array(value, dtype=np.float64)
    )


@cache
def content() -> Content:
    """Even items are comedies."""
    frame = pl.DataFrame(
        {
            "genre": ["Comedy|Drama" if i % 2 == 0 else "Horror" for i in range(ITEMS)],
            "year": [1990.0 + i % 7 for i in range(ITEMS)],
        }
    )
    columns = (Column("genre", Kind.CATEGORY), Column("year", Kind.NUMBER))
    found = read_content(frame, columns)
    assert found is not None
    return found


def fit_of(seed: int = 0, **parameters: object) -> Fit:
    """Everything there is to fit on."""
    return Fit(
        world(),
        parameters,  # type: ignore[arg-type]
        seed,
        1,
        content(),
        np.arange(USERS) % 3,
        3,
    )


def histories(*rows: list[int], segment: list[int] | None = None) -> Histories:
    """Histories of these items, each rated 4."""
    start = np.concatenate([[0], np.cumsum([len(row) for row in rows])])
    item = np.array([i for row in rows for i in row], dtype=np.int64)
    value = np.full(len(item), 4, dtype=np.float32)
    codes = None if segment is None else np.array(segment, dtype=np.int64)
    return Histories(start.astype(np.int64), item, value, ITEMS, codes)


def ask_graph(
    model: FittedRecommender,
    asked: Histories,
    allowed: NDArray[np.bool_] | None = None,
    *,
    width: int = 1,
    segments: int = 3,
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """[n, N] items and scores of the exported graph."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    data = write_graph("case", model, asked.items, segments)
    session = onnxruntime.InferenceSession(data, options)
    items, values = asked.padded(width)
    mask = np.ones((len(asked), asked.items), dtype=bool) if allowed is None else allowed
    feed = {"items": items, "values": values, "allowed": mask, "segment": asked.segments}
    named = {each.name for each in session.get_inputs()}
    top, scores = session.run(None, {k: v for k, v in feed.items() if k in named})
    return top, scores
