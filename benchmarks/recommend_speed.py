"""How long recommending takes: ALS and lists for everyone beside implicit, and one user's answer.

implicit (its compiled core) and Keel take turns, one thread each, in seconds of the processor; the
best of three turns counts. KEEL_BENCH_RECOMMENDERS names a Python that has implicit.
"""

import argparse
import importlib.util
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import onnxruntime

from figures import Figure, report, with_sleeping_threads
from keel.data.interactions import Interactions
from keel.train.models.fitting import fitting
from keel.train.recommend.factor_model import FactorModel, Ridge
from keel.train.recommend.item_links import ItemLinks
from keel.train.recommend.reasons import Grounds, reasons
from keel.train.recommend.rerank import how_alike, rerank
from keel.train.recommend.top_items import write_graph
from keel.train.recommend.top_lists import top_lists
from keel.train.recommend.weighting import Weighting
from keel.train.recommender import Fit
from keel.train.recommenders import als
from recommend_exams import MANY_ITEMS, MANY_USERS, ROUNDS, many_events

TURNS = 3
FACTORS = 64
LISTED = 20
LARGE, WIDE = 60_000, 128
HISTORY = 200


def main() -> int:
    """1 if a bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer answers")
    given = parser.parse_args()
    with_sleeping_threads()
    return report(
        [*_everyone(), *_one_user(300 if given.quick else 2_000)], "Speed of recommending"
    )


def _everyone() -> Iterator[Figure]:
    user, item = many_events()
    events = Interactions(user, item, MANY_USERS, MANY_ITEMS)
    fit = Fit(events, {"factors": FACTORS, "rounds": ROUNDS}, 0, 1)
    histories = fit.histories
    model = als.RECOMMENDER.fit(fit)
    peer = _peer()
    if peer is None:
        print("no peer: KEEL_BENCH_RECOMMENDERS names no Python with implicit")
        return
    mine: dict[str, Callable[[], object]] = {
        "fit": lambda: als.RECOMMENDER.fit(fit),
        "top": lambda: top_lists(model, histories, most=LISTED),
    }
    best: dict[str, tuple[float, float]] = {}
    with peer:
        for what, run in mine.items():
            turns = [(_seconds(run), _ask(peer, what)) for _ in range(TURNS)]
            best[what] = min(each for each, _ in turns), min(each for _, each in turns)
        peer.stdin.close()
    for what, words, bar in (
        ("fit", f"ALS, 1M events, {FACTORS} factors, {ROUNDS} rounds: times implicit's", 1.5),
        ("top", f"top {LISTED} for {MANY_USERS:,} users: times implicit's", 1.0),
    ):
        ours, theirs = best[what]
        yield Figure(words, ours / theirs, bar, "lower", {"keel s": ours, "implicit s": theirs})


def _seconds(run: Callable[[], object]) -> float:
    with fitting(1):
        began = time.process_time()
        run()
        return time.process_time() - began


def _peer() -> subprocess.Popen[str] | None:
    python = os.environ.get("KEEL_BENCH_RECOMMENDERS")
    if python is None and importlib.util.find_spec("implicit") is not None:
        python = sys.executable
    if python is None:
        return None
    one = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
    alone = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"} | one
    script = Path(__file__).with_name("recommend_peers.py")
    return subprocess.Popen(
        [python, str(script), "speed", str(FACTORS)],
        env=alone,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def _ask(peer: subprocess.Popen[str], what: str) -> float:
    peer.stdin.write(f"{what}\n")
    peer.stdin.flush()
    return float(peer.stdout.readline())


def _one_user(answers: int) -> Iterator[Figure]:
    """The graph of a large catalogue, and what is done with its answer."""
    random = np.random.default_rng(0)
    scale = 0.1 * np.exp(-np.arange(WIDE) / 30)
    items = (random.normal(size=(LARGE, WIDE)) * scale).astype(np.float32)
    ridge = Ridge(0.012, 1.0, 0.5, 0.5 * LARGE + HISTORY)
    model = FactorModel({}, Weighting(), items, ridge)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(write_graph("large", model, LARGE), options)
    target = random.integers(0, LARGE, (LARGE, 50)).astype(np.int32)
    weight = -np.sort(-random.random((LARGE, 50))).astype(np.float32)
    grounds = Grounds.of(ItemLinks(target, weight), random.integers(0, 1000, LARGE))
    told = [_answer(session, grounds, random) for _ in range(answers + 20)][20:]
    graph, after = (np.quantile(np.array(times) * 1000, 0.99) for times in zip(*told, strict=True))
    median = float(np.median([one for one, _ in told])) * 1000
    what = f"{LARGE:,} items, {WIDE} factors, history of {HISTORY}"
    yield Figure(
        f"one user's answer, p99 ms: {what}",
        float(graph),
        5.0,
        "lower",
        note=f"median {median:.2f}; ten made diverse, with reasons: p99 {after:.2f} more",
    )


def _answer(
    session: onnxruntime.InferenceSession, grounds: Grounds, random: np.random.Generator
) -> tuple[float, float]:
    history = random.integers(0, LARGE, HISTORY)
    allowed = np.ones((1, LARGE), dtype=np.bool_)
    allowed[0, history] = False
    feed = {
        "items": history[None],
        "values": np.ones((1, HISTORY), dtype=np.float32),
        "allowed": allowed,
    }
    began = time.perf_counter()
    top, scores = session.run(None, feed)
    listed = time.perf_counter()
    alike = how_alike(top[0], grounds.links)
    shown, _ = rerank(top[0], scores[0], alike, 0.3, 10)
    reasons(shown[:10], history, grounds)
    return listed - began, time.perf_counter() - listed


if __name__ == "__main__":
    sys.exit(main())
