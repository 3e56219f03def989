"""What `keel run` costs beyond the library calls it makes, and how much memory it takes.

- search: 30 trials, or as many as 10 minutes allow, on a table of 30,000 rows. The peer is the
  same run's own library calls (fits and predictions of scikit-learn, LightGBM and ONNX Runtime),
  timed inside the run, so that they are the same fits on the same folds: seconds in which at
  least one of them was running.
- one fit: 1,000,000 rows x 30 numbers and one LightGBM fit. The peer reads the same Parquet file,
  fits LightGBM with the parameters and threads that the run resolved for as many rounds as it
  made, validating each, and answers the validation and test parts. Where a fit stops early hangs
  on the rows it validates on, which would be luck in the comparison.
- memory: the peak of that run above what importing its libraries takes, as a multiple of the
  table in Arrow.

Every run is a process of its own.
"""

import argparse
import json
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from figures import Figure, report, with_sleeping_threads
from keel.train.algorithms.lightgbm import PATIENCE

SEARCH_BAR = 1.3
ONE_FIT_BAR = 2.0
MEMORY_BAR = 3.0
COLUMNS = 30
SEED = 7
MINUTES = 10
TURNS = 2
LEARNING = (
    "fit",
    "partial_fit",
    "predict",
    "predict_proba",
    "decision_function",
    "transform",
)
"""What is watched of scikit-learn's estimators."""


def main() -> int:
    """Print the figures; 1 if a bar is missed."""
    with_sleeping_threads()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a fifth of the rows, fewer trials")
    parser.add_argument("--child", nargs=2, metavar=("WHAT", "FOLDER"))
    given = parser.parse_args()
    if given.child is not None:
        print(json.dumps(CHILDREN[given.child[0]](Path(given.child[1]))))
        return 0
    small, large, trials = (10_000, 200_000, 10) if given.quick else (30_000, 1_000_000, 30)
    with tempfile.TemporaryDirectory() as where:
        figures = [search_figure(Path(where, "search"), small, trials)]
        figures += one_fit_figures(Path(where, "one"), large)
    return report(figures, "what keel run costs")


def search_figure(folder: Path, rows: int, trials: int) -> Figure:
    """A search of every algorithm against its own library calls."""
    searched = _run("search", _declared(folder, mixed_table(rows), {"trials": trials}))
    _tell("search", searched)
    return Figure(
        f"search on {rows:,} rows, times its library calls",
        searched["seconds"] / searched["library"],
        SEARCH_BAR,
        "lower",
        {"keel s": searched["seconds"], "library s": searched["library"]},
    )


def one_fit_figures(folder: Path, rows: int) -> list[Figure]:
    """Time and memory of one fit on many rows against the bare calls."""
    frame = number_table(rows)
    table_mb = frame.estimated_size() / 2**20
    train = {"trials": 1, "models": ["lightgbm"], "refit": False}
    declared = _declared(folder, frame, train, folds=1)
    del frame
    # In turns, and the quickest of each: what else the machine does meets both.
    ran = [(_run("one", declared), _run("bare", declared)) for _ in range(TURNS)]
    ours, bare = (min(runs, key=lambda run: run["seconds"]) for runs in zip(*ran, strict=True))
    _tell("one fit", ours)
    return [
        Figure(
            f"one fit on {rows:,} x {COLUMNS}, times the bare calls",
            ours["seconds"] / bare["seconds"],
            ONE_FIT_BAR,
            "lower",
            {
                "keel s": ours["seconds"],
                "bare s": bare["seconds"],
                "keel CPU s": ours["busy"],
                "bare CPU s": bare["busy"],
                "rounds": bare["rounds"],
            },
        ),
        Figure(
            "peak memory of it above its imports, times the table",
            (ours["peak"] - ours["imports"]) / table_mb,
            MEMORY_BAR,
            "lower",
            {
                "bare": (bare["peak"] - bare["imports"]) / table_mb,
                "table MiB": table_mb,
                "keel MiB": ours["peak"],
                "imports MiB": ours["imports"],
            },
        ),
    ]


def _tell(what: str, ran: dict[str, Any]) -> None:
    stages = ", ".join(f"{stage} {seconds:.1f}" for stage, seconds in ran["stages"].items())
    print(f"{what}: seconds of each stage: {stages}", flush=True)


def number_table(rows: int, numbers: int = COLUMNS - 1) -> pl.DataFrame:
    """So many numbers and a label that the first of them tell."""
    random = np.random.default_rng(SEED)
    drawn = random.standard_normal((rows, numbers), dtype=np.float32)
    tells = drawn[:, 0] + drawn[:, 1] * drawn[:, 2] - np.abs(drawn[:, 3])
    chance = 1 / (1 + np.exp(2 - tells))
    columns = {f"n{i}": drawn[:, i].astype(np.float64) for i in range(numbers)}
    return pl.DataFrame(columns | {"label": (random.random(rows) < chance).astype(np.int64)})


def mixed_table(rows: int) -> pl.DataFrame:
    """Ten numbers, some missing, and five categories."""
    random = np.random.default_rng(SEED)
    frame = number_table(rows).select([f"n{i}" for i in range(10)] + ["label"])
    for place, levels in enumerate((2, 4, 8, 16, 40)):
        words = np.array([f"level {i}" for i in range(levels)])
        frame = frame.with_columns(pl.Series(f"c{place}", words[random.integers(0, levels, rows)]))
    hole = pl.Series(random.random(rows) < 0.1)
    return frame.with_columns(n5=pl.when(~hole).then("n5"))


def _declared(
    folder: Path, frame: pl.DataFrame, train: dict[str, Any], folds: int | str = "auto"
) -> Path:
    folder.mkdir()
    frame.write_parquet(folder / "table.parquet")
    declaration = {
        "system": "cost",
        "task": "classify",
        "data": {"rows": {"table": "table.parquet"}},
        "label": {"column": "label", "positive": "1"},
        "split": {"folds": folds},
        "train": {"minutes": MINUTES, "seed": SEED} | train,
        "promises": ["no leakage"],
    }
    (folder / "keel.yaml").write_text(json.dumps(declaration))
    return folder


def _run(what: str, folder: Path) -> dict[str, Any]:
    command = [sys.executable, __file__, "--child", what, str(folder)]
    output = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    return json.loads(output.strip().splitlines()[-1])


def _search(folder: Path) -> dict[str, Any]:
    watch = Watch()
    watch.over_libraries()
    return _keel(folder) | {"library": watch.seconds}


def _one(folder: Path) -> dict[str, Any]:
    return _keel(folder)


def _keel(folder: Path) -> dict[str, Any]:
    import lightgbm  # noqa: F401
    import onnxruntime  # noqa: F401
    import sklearn.ensemble  # noqa: F401

    import keel
    import keel.session

    shutil.rmtree(folder / "home", ignore_errors=True)
    imports = _peak()
    began, worked = time.perf_counter(), time.process_time()
    session = keel.run(str(folder), home=str(folder / "home"))
    seconds, busy = time.perf_counter() - began, time.process_time() - worked
    parameters = session.report.parameters
    (folder / "parameters.json").write_text(json.dumps(parameters, default=str))
    stages = {name: float(took) for name, took in session.report.seconds.items()}
    return {
        "seconds": seconds,
        "busy": busy,
        "peak": _peak(),
        "imports": imports,
        "stages": stages,
    }


def _bare(folder: Path) -> dict[str, Any]:
    import lightgbm

    settings = json.loads((folder / "parameters.json").read_text())["model"]
    rounds = settings.pop("rounds") + PATIENCE
    settings.pop("trees")
    imports = _peak()
    began, worked = time.perf_counter(), time.process_time()
    frame = pl.read_parquet(folder / "table.parquet")
    label = frame["label"].to_numpy()
    matrix = frame.drop("label").cast(pl.Float32).to_numpy(order="c")
    held = np.random.default_rng(SEED).random(len(label)) < 0.2
    validated = ~held & (np.random.default_rng(SEED + 1).random(len(label)) < 0.2)
    fit = ~held & ~validated
    train = lightgbm.Dataset(matrix[fit], label[fit], params=settings)
    valid = lightgbm.Dataset(matrix[validated], label[validated], reference=train)
    booster = lightgbm.train(settings, train, rounds, valid_sets=[valid])
    booster.predict(matrix[validated])
    booster.predict(matrix[held])
    return {
        "seconds": time.perf_counter() - began,
        "busy": time.process_time() - worked,
        "peak": _peak(),
        "imports": imports,
        "rounds": rounds,
    }


def _peak() -> float:
    """MiB. Not `ru_maxrss`, which remembers what the process was forked from."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    return int(found[1]) / 1024 if found else float("nan")


class Watch:
    """Seconds in which at least one watched call was running, in any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running = 0
        self._began = 0.0
        self.seconds = 0.0

    def over_libraries(self) -> None:
        """Watch what Keel calls to learn and to answer."""
        import lightgbm
        import onnxruntime
        from sklearn.utils import discovery

        self._over(lightgbm, "train")
        self._over(lightgbm.Booster, "predict")
        self._over(lightgbm.Booster, "__init__")
        self._over(onnxruntime.InferenceSession, "run")
        self._over(onnxruntime.InferenceSession, "__init__")
        owners = {
            (owner, name)
            for _, estimator in discovery.all_estimators()
            for owner in estimator.__mro__
            for name in LEARNING
            if owner.__module__.startswith("sklearn") and name in vars(owner)
        }
        for owner, name in owners:
            self._over(owner, name)

    def _over(self, owner: Any, name: str) -> None:
        inner = getattr(owner, name)
        if not callable(inner) or isinstance(vars(owner).get(name), property):
            return

        def watched(*values: Any, **named: Any) -> Any:
            with self._lock:
                self._running += 1
                if self._running == 1:
                    self._began = time.perf_counter()
            try:
                return inner(*values, **named)
            finally:
                with self._lock:
                    self._running -= 1
                    if self._running == 0:
                        self.seconds += time.perf_counter() - self._began

        setattr(owner, name, watched)


CHILDREN: dict[str, Callable[[Path], dict[str, Any]]] = {
    "search": _search,
    "one": _one,
    "bare": _bare,
}


if __name__ == "__main__":
    sys.exit(main())
