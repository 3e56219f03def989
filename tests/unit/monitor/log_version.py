"""A version that flags windows of a small service's log in which shards are lost."""

from functools import cache

import numpy as np
import polars as pl

from keel.data.table import Column
from keel.spec.kinds import Kind, TaskName
from keel.spec.log import LogSpec
from keel.train.algorithm import Fit
from keel.train.calibration.calibrator import Scored, find_calibrator
from keel.train.catalogue import algorithms
from keel.train.encode.encoding import fit_encoding, plan_for
from keel.train.export.export import export
from keel.train.export.exported import Exported
from keel.train.export.predictor import Predictor

USUAL = (
    "session opened for user {u}",
    "read {n} bytes from disk",
    "request took {t} ms",
    "session closed for user {u}",
)
ODD = "lost connection to shard {n}"


def service(minutes, odd=(), seed=0, day=1):
    """Lines of a log, 12 a minute; in the minutes of `odd` there is one that others lack."""
    draw = np.random.default_rng(seed)
    lines = []
    for minute in range(minutes):
        for turn in range(3):
            user = draw.choice(["ann", "bob"])
            for place, line in enumerate(USUAL):
                if minute in odd and place == 1 and turn == 1:
                    lines.append(_line(day, minute, 15, "WARN", ODD.format(n=minute)))
                said = line.format(u=user, n=draw.integers(1, 9000), t=draw.integers(1, 200))
                lines.append(_line(day, minute, turn * 20 + place, "INFO", said))
    return lines


def _line(day, minute, second, level, said):
    clock = f"{10 + minute // 60:02d}:{minute % 60:02d}:{second:02d}"
    return f"2024-01-{day:02d} {clock},000 {level} app.Main: {said}"


def windows(minutes, odd=(), seed=0):
    """A text per minute."""
    lines = service(minutes, odd, seed)
    texts: dict[str, list[str]] = {}
    for line in lines:
        texts.setdefault(line[:16], []).append(line)
    return pl.Series("log", ["\n".join(part) for part in texts.values()])


@cache
def exported() -> Exported:
    """Learned from two hours, every tenth minute of them odd."""
    odd = set(range(0, 120, 10))
    columns = (Column("log", Kind.SEQUENCE, log=LogSpec()),)
    label = np.array([minute in odd for minute in range(120)], dtype=np.int64)
    algorithm = algorithms()["logistic"]
    frame = pl.DataFrame({"log": windows(120, odd)})
    plan = plan_for(algorithm.needs, columns, {})
    encoding, matrix = fit_encoding(plan, columns, frame, label, 0)
    model = algorithm.fit(Fit(matrix, label, None, 2, {}, 0, 1))
    calibrator = find_calibrator("none").fit(Scored(model.predict(matrix), label, model.scores))
    classes = ("normal", "anomaly")
    return export(
        "service", TaskName.CLASSIFY, encoding, model, calibrator=calibrator, classes=classes
    )


def predictor() -> Predictor:
    """Ready to answer."""
    return Predictor(exported())
