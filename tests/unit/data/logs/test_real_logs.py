"""Real logs, as they come."""

import csv
from datetime import datetime
from pathlib import Path

import polars as pl
import pytest

from keel.data.logs.formats import detect_format
from keel.data.logs.parser import Parser
from keel.data.logs.raw_lines import RawLines
from keel.data.logs.records import Records

DETECTED = {
    "HDFS": ("hdfs", 1.00),
    "Hadoop": ("time, level", 0.96),
    "Spark": ("spark", 0.92),
    "Android": ("android", 0.81),
    "OpenSSH": ("syslog", 0.99),
}


@pytest.mark.parametrize("name", DETECTED)
def test_a_log_of_loghub_is_read_as_people_read_it(real_data: Path, name: str) -> None:
    folder = real_data / "loghub-2k" / name
    reader = RawLines()
    lines = reader.feed((folder / f"{name}_2k.log").read_bytes()).append(reader.finish())
    form, _ = detect_format(lines)
    records = Records(form, datetime(2024, 6, 1))
    found = pl.concat([records.read(lines), records.flush()])
    with (folder / f"{name}_2k.log_structured.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert form.name == DETECTED[name][0]
    assert [text.strip() for text in found["message"]] == [row["Content"].strip() for row in rows]
    assert found["time"].null_count() == 0
    # Whether the groups are those that people made, with settings that know nothing of the log.
    numbers = Parser().learn(found["message"])
    groups = pl.DataFrame({"mine": numbers, "true": [row["EventId"] for row in rows]})
    mine = groups.with_row_index().group_by("mine").agg("index")["index"].to_list()
    true = groups.with_row_index().group_by("true").agg("index")["index"].to_list()
    right = sum(len(group) for group in mine if group in true) / len(rows)
    assert right >= DETECTED[name][1] - 0.005
