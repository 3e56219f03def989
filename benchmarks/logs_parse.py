"""Log parsing: grouping accuracy on the 16 logs of loghub, and lines per second beside drain3.

KEEL_TEST_DATA names the folder that holds `loghub-2k`. KEEL_BENCH_DRAIN3 names a Python that has
drain3, where this one has not; without it the speed has no peer and no bar.
"""

import argparse
import importlib.util
import json
import os
import random
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import polars as pl

from figures import Figure, report
from keel.data.logs.mask import Mask
from keel.data.logs.parser import Parser, ParserSettings
from keel.data.logs.template_tree import TreeSettings
from loghub import SYSTEMS, grouping_accuracy, read_records, read_truth
from quality_data import data_folder

LINES, QUICK_LINES = 200_000, 50_000
PUBLISHED = 0.865
"""Drain's mean over these 16 logs in Zhu et al. (2019), table II."""
DEFAULTS_BAR = 0.84
RATIO_BAR = 3.0
HDFS = ParserSettings(
    (Mask(r"blk_-?\d+"), Mask(r"(\d+\.){3}\d+(:\d+)?")), TreeSettings(similarity=0.5, depth=4)
)


def main() -> int:
    """Print accuracies and speeds; 1 if a bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    folder = data_folder() / "loghub-2k"
    figures = accuracies(folder)
    figures += speeds(folder, QUICK_LINES if given.quick else LINES, given.rounds)
    return report(figures, "Log parsing")


def accuracies(folder: Path) -> list[Figure]:
    """Means over the systems; each of them is printed."""
    own, usual, whole = [], [], []
    print(f"{'grouping accuracy':20}{'own settings':>14}{'defaults':>10}{'lines read':>12}")
    for name, system in SYSTEMS.items():
        records = read_records(folder, name)
        messages, truth = read_truth(folder, name)
        cut = records["message"].str.strip_chars().to_list()
        whole.append(mean([float(a == b.strip()) for a, b in zip(cut, messages, strict=True)]))
        own.append(grouping_accuracy(Parser(system.settings).learn(records["message"]), truth))
        usual.append(grouping_accuracy(Parser().learn(records["message"]), truth))
        print(f"{name:20}{own[-1]:14.4f}{usual[-1]:10.4f}{whole[-1]:12.4f}")
    note = "chosen on the same lines, as the published ones were"
    return [
        Figure("loghub: mean accuracy, own settings", mean(own), PUBLISHED, "higher", note=note),
        Figure("loghub: mean accuracy, defaults", mean(usual), DEFAULTS_BAR, "higher"),
        Figure("loghub: share of messages as people cut them", mean(whole), 0.99, "higher"),
    ]


def speeds(folder: Path, count: int, rounds: int) -> list[Figure]:
    """Lines of HDFS per second of the processor, raw lines to templates, and beside drain3."""
    lines = varied(read_truth(folder, "HDFS")[0], count)
    column = pl.Series(lines)
    took = [seconds(HDFS, column) for _ in range(rounds)]
    mine = count / statistics.median(took)
    python = os.environ.get("KEEL_BENCH_DRAIN3")
    if python is None and importlib.util.find_spec("drain3") is not None:
        python = sys.executable
    if python is None:
        print(f"{mine:,.0f} lines per CPU second; no drain3: KEEL_BENCH_DRAIN3 names none")
        return []
    peers = [peer(python, lines, HDFS) for _ in range(rounds)]
    theirs = count / statistics.median(answer["seconds"] for answer in peers)
    same = np.array_equal(Parser(HDFS).learn(column), peers[0]["groups"])
    default = count / statistics.median(seconds(ParserSettings(), column) for _ in range(rounds))
    print(f"with the default masks: {default:,.0f} lines per CPU second")
    return [
        Figure(
            f"{count:,} HDFS lines, same masks: times drain3's lines per CPU second",
            mine / theirs,
            RATIO_BAR,
            "higher",
            {"keel": mine, f"drain3 {peers[0]['version']}": theirs},
        ),
        Figure("groups equal to drain3's on these lines", float(same), 1, "higher"),
        Figure(
            "groups equal to drain3's: share of the 16 logs",
            mean([agrees(python, folder, name) for name in SYSTEMS]),
            1,
            "higher",
        ),
    ]


def agrees(python: str, folder: Path, name: str) -> float:
    """Whether drain3 makes the same groups of a log with the system's own settings."""
    messages, settings = read_truth(folder, name)[0], SYSTEMS[name].settings
    # drain3 knows no group that stays behind a mask.
    plain = tuple(mask for mask in settings.masks if "?P<after>" not in mask.pattern)
    settings = ParserSettings(plain, settings.tree)
    found = Parser(settings).learn(pl.Series(messages))
    return float(np.array_equal(found, peer(python, messages, settings)["groups"]))


def peer(python: str, lines: list[str], settings: ParserSettings) -> dict:
    """What drain3 answers to the same lines."""
    said = {
        "similarity": settings.tree.similarity,
        "depth": settings.tree.depth,
        "masks": [[mask.pattern, mask.into] for mask in settings.masks],
    }
    script = Path(__file__).with_name("logs_drain3.py")
    with tempfile.TemporaryDirectory() as where:
        file = Path(where, "lines")
        file.write_text("\n".join(lines), encoding="utf-8")
        command = [python, str(script), str(file), json.dumps(said)]
        # The peer is alone in its environment.
        plain = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
        done = subprocess.run(command, check=True, capture_output=True, env=plain)
    return json.loads(done.stdout)


def varied(lines: list[str], count: int, seed: int = 0) -> list[str]:
    """As many lines as wanted: those of the log with other blocks, addresses and sizes, drawn so
    that as many masked lines differ as in a long log."""
    draw = random.Random(seed)

    def vary(line: str) -> str:
        line = re.sub(r"blk_-?\d+", lambda _: f"blk_{draw.randrange(-(2**63), 2**63)}", line)
        line = re.sub(r"10\.25\d\.\d+\.\d+", lambda _: f"10.25{draw.randrange(2)}.{host()}", line)
        return re.sub(r"size (?!67108864)\d+", lambda _: f"size {draw.randrange(2**26)}", line)

    def host() -> str:
        return f"{draw.randrange(256)}.{draw.randrange(256)}"

    return [vary(draw.choice(lines)) for _ in range(count)]


def seconds(settings: ParserSettings, lines: pl.Series) -> float:
    """Of the processor, all threads together, to learn from these lines."""
    parser = Parser(settings)
    began = time.process_time()
    parser.learn(lines)
    return time.process_time() - began


def mean(values: list[float]) -> float:
    """Plain."""
    return float(np.mean(values))


if __name__ == "__main__":
    raise SystemExit(main())
