"""What an explanation costs and how exact it is: LightGBM, 200 trees of 31 leaves.

The cost is counted in bare calls of ONNX Runtime on as many rows, fed as it takes them, on one
thread, as a server explains (rows of one walk take the same branches, which is why ours may be
faster). Exactness: the figures of orders that are drawn, beside those of all
coalitions, of 10 features with the default budget; as a share of how far all of them moved the
score, and whether the errors that are told cover what is off (95 % should be within 1.96).
"""

import argparse
import statistics
import sys
import time

import numpy as np
import polars as pl

from figures import Figure, report, with_sleeping_threads
from keel.data.table import Column
from keel.evaluate.explainer import BUDGET, Explainer
from keel.spec.kinds import Kind, TaskName
from keel.train.algorithm import Fit
from keel.train.calibration.calibrator import Scored
from keel.train.calibrators.none import CALIBRATOR
from keel.train.catalogue import algorithms
from keel.train.encode.encoding import fit_encoding, plan_for
from keel.train.export.export import export
from keel.train.export.exported import Exported
from keel.train.export.open_predictor import predictor_of
from keel.train.export.open_session import open_session

COST_BAR = 1.0
OFF_BAR = 0.05
COVER_BAR = 0.9
ROWS = 5000
PLENTY = 10**6


def main() -> int:
    """Print the figures; 1 if a bar is missed."""
    with_sleeping_threads()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer rows")
    rows = 5 if parser.parse_args().quick else 20
    figures = [_cost(30, rows), *_exactness(10, rows)]
    return report(figures, "keel explain")


def _cost(features: int, rows: int) -> Figure:
    exported, frame = _model(features)
    explainer = Explainer(predictor_of(exported), frame)
    session = open_session(exported.graph, 1)
    block = frame[np.arange(BUDGET) % ROWS].to_numpy().astype(np.float32)
    names = [tensor.name for tensor in session.get_inputs()]
    feed = {name: np.ascontiguousarray(block[:, [i]]) for i, name in enumerate(names)}
    explainer.explain(frame[0])
    ours, bare = [], []
    for row in range(rows):
        began = time.perf_counter()
        explainer.explain(frame[row])
        ours.append(time.perf_counter() - began)
        began = time.perf_counter()
        session.run(None, feed)
        bare.append(time.perf_counter() - began)
    mine, peer = statistics.median(ours), statistics.median(bare)
    return Figure(
        f"one explanation of {features} features, times ONNX Runtime on {BUDGET:,} rows",
        mine / peer,
        COST_BAR,
        "lower",
        {"explanation ms": mine * 1e3, "ONNX Runtime ms": peer * 1e3},
    )


def _exactness(features: int, rows: int) -> list[Figure]:
    exported, frame = _model(features)
    explainer = Explainer(predictor_of(exported), frame)
    asked = frame[:rows]
    drawn, counted = explainer.explain(asked), explainer.explain(asked, budget=PLENTY)
    assert counted.exact
    assert not drawn.exact
    off, z = [], []
    for one, exact in zip(drawn.rows, counted.rows, strict=True):
        true = {a.feature: a.moved for a in exact.attributions}
        moved = sum(abs(value) for value in true.values())
        apart = [(a.moved - true[a.feature], a.error) for a in one.attributions]
        off.append(max(abs(difference) for difference, _ in apart) / moved)
        z += [abs(difference) / error for difference, error in apart if error > 0]
    return [
        Figure(f"{features} features: furthest off, as a share", max(off), OFF_BAR, "lower"),
        Figure(
            "share of figures within 1.96 of their errors",
            float(np.mean(np.array(z) <= 1.96)),
            COVER_BAR,
            "higher",
        ),
    ]


def _model(features: int) -> tuple[Exported, pl.DataFrame]:
    random = np.random.default_rng(0)
    values = random.normal(size=(ROWS, features))
    score = values[:, 0] * values[:, 1] + values[:, 2] - np.abs(values[:, 3])
    label = (score + random.normal(size=ROWS) > 0).astype(np.int64)
    frame = pl.DataFrame({f"x{i}": values[:, i] for i in range(features)})
    columns = tuple(Column(name, Kind.NUMBER) for name in frame.columns)
    algorithm = algorithms()["lightgbm"]
    encoding, matrix = fit_encoding(
        plan_for(algorithm.needs, columns, {}), columns, frame, label, 0
    )
    model = algorithm.fit(Fit(matrix, label, None, 2, {}, 0, 1, None))
    scored = Scored(model.predict(matrix), label, model.scores)
    return (
        export(
            "explained",
            TaskName.CLASSIFY,
            encoding,
            model,
            calibrator=CALIBRATOR.fit(scored),
            classes=("no", "yes"),
        ),
        frame,
    )


if __name__ == "__main__":
    sys.exit(main())
