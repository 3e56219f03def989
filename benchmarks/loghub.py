"""The 16 logs of loghub with their headers as regular expressions, and settings for each.

Masks marked as published, similarities and depths near theirs, are those of the logparser
benchmark (Zhu et al. 2019, Tools and Benchmarks for Automated Log Parsing, ICSE-SEIP); like those,
the settings here were chosen on the very lines they are measured on. The means over settings that
know nothing of a system are printed beside them.
"""

import csv
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
import polars as pl

from keel.data.logs.formats import detect_format
from keel.data.logs.mask import DEFAULT_MASKS, Mask
from keel.data.logs.parser import ParserSettings
from keel.data.logs.pattern_format import read_pattern
from keel.data.logs.raw_lines import RawLines
from keel.data.logs.records import Records
from keel.data.logs.template_tree import TreeSettings

REFERENCE = datetime(2024, 6, 1)


@dataclass(frozen=True)
class LogSystem:
    """header: None where the format is one of those that are detected. published: masks; ours
    where there are none."""

    header: str | None
    similarity: float
    depth: int
    published: tuple[str, ...] | None = None

    @property
    def settings(self) -> ParserSettings:
        """Chosen for this system."""
        masks = DEFAULT_MASKS
        if self.published is not None:
            masks = tuple(Mask(pattern) for pattern in self.published)
        return ParserSettings(masks, TreeSettings(self.similarity, self.depth))


SYSTEMS = {
    "HDFS": LogSystem(None, 0.5, 4, (r"blk_-?\d+", r"(\d+\.){3}\d+(:\d+)?")),
    "Hadoop": LogSystem(None, 0.9, 4),
    "Spark": LogSystem(None, 0.7, 5),
    "Zookeeper": LogSystem(
        r"^(?P<time>\S+ \S+) - (?P<level>\S+)\s+\[(?P<node>.*?):(?P<component>[^\[\]]*)@"
        r"(?P<id>[0-9]+)\] - (?P<message>.*)$",
        0.7,
        5,
    ),
    "BGL": LogSystem(
        r"^(?P<label>\S+) (?P<time>\S+) \S+ (?P<host>\S+) \S+ \S+ (?P<kind>\S+) "
        r"(?P<component>\S+) (?P<level>\S+) (?P<message>.*)$",
        0.4,
        6,
        (r"core\.\d+",),
    ),
    "HPC": LogSystem(
        r"^\S+ (?P<host>\S+) (?P<component>\S+) (?P<state>\S+) (?P<time>\S+) \S+ (?P<message>.*)$",
        0.6,
        4,
        (r"=\d+",),
    ),
    "Thunderbird": LogSystem(
        r"^(?P<label>\S+) (?P<time>\S+) \S+ (?P<host>\S+) \S+ \S+ \S+ \S+ (?P<component>.*?)"
        r"(?:\[(?P<process>\S+?)\])?: (?P<message>.*)$",
        0.7,
        5,
    ),
    "Windows": LogSystem(
        r"^(?P<time>\S+ \S+), (?P<level>\S+)\s+(?P<component>\S+)\s+(?P<message>.*)$",
        0.7,
        5,
        (r"0x.*?\s",),
    ),
    "Linux": LogSystem(
        r"^(?P<time>\S+\s+\S+ \S+) (?P<host>\S+) (?P<component>.*?)(?:\[(?P<process>\S+?)\])?: "
        r"(?P<message>.*)$",
        0.4,
        5,
    ),
    "Android": LogSystem(
        None,
        0.6,
        5,
        (
            r"(/[\w-]+)+",
            r"([\w-]+\.){2,}[\w-]+",
            r"\b(\-?\+?\d+)\b|\b0[Xx][a-fA-F\d]+\b|\b[a-fA-F\d]{4,}\b",
        ),
    ),
    "HealthApp": LogSystem(
        r"^(?P<time>[^|]*)\|(?P<component>[^|]*)\|(?P<process>[^|]*)\|(?P<message>.*)$", 0.7, 5
    ),
    "Apache": LogSystem(
        r"^\[(?P<time>[^\]]*)\] \[(?P<level>[^\]]*)\] (?P<message>.*)$",
        0.5,
        4,
        (r"(\d+\.){3}\d+",),
    ),
    "Proxifier": LogSystem(
        r"^\[(?P<time>[^\]]*)\] (?P<component>.*?) - (?P<message>.*)$",
        0.6,
        3,
        (
            r"<\d+\ssec",
            r"([\w-]+\.)+[\w-]+(:\d+)?",
            r"\d{2}:\d{2}(:\d{2})*",
            r"[KGTM]B",
        ),
    ),
    "OpenSSH": LogSystem(None, 0.7, 5),
    "OpenStack": LogSystem(
        r"^\S+ (?P<time>\S+ \S+) (?P<process>\S+) (?P<level>\S+) (?P<component>\S+) "
        r"\[(?P<request>[^\]]*)\] (?P<message>.*)$",
        0.9,
        5,
    ),
    "Mac": LogSystem(
        r"^(?P<time>\S+\s+\S+ \S+) (?P<host>\S+) (?P<component>.*?)\[(?P<process>\S+?)\]"
        r"(?: \((?P<address>\S+)\))?: (?P<message>.*)$",
        0.9,
        3,
    ),
}


def read_records(folder: Path, name: str) -> pl.DataFrame:
    """The records of one of the logs, one per line."""
    reader = RawLines()
    lines = reader.feed((folder / name / f"{name}_2k.log").read_bytes()).append(reader.finish())
    header = SYSTEMS[name].header
    form = detect_format(lines)[0] if header is None else read_pattern(header)
    records = Records(form, REFERENCE)
    return pl.concat([records.read(lines), records.flush()])


def read_truth(folder: Path, name: str) -> tuple[list[str], list[str]]:
    """Messages and groups of each line, as people wrote them down."""
    with (folder / name / f"{name}_2k.log_structured.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    return [row["Content"] for row in rows], [row["EventId"] for row in rows]


def grouping_accuracy(found: np.ndarray, truth: list[str]) -> float:
    """The share of lines whose group holds the same lines as their true group.

    Source: Zhu et al. (2019), section IV.B, `parsing accuracy`.
    """
    frame = pl.DataFrame({"found": found, "truth": truth, "row": range(len(truth))})
    mine = frame.group_by("found").agg("row")["row"].to_list()
    true = {tuple(rows) for rows in frame.group_by("truth").agg("row")["row"].to_list()}
    return sum(len(rows) for rows in mine if tuple(rows) in true) / len(truth)
