"""What a version records of itself: the schema of `version.json`."""

import hashlib
import math
from collections.abc import Mapping
from datetime import datetime

import msgspec

from keel.errors import ArtifactError
from keel.evaluate.leakage.finding import Finding
from keel.metrics.estimate import Estimate
from keel.promises.verdict import Verdict
from keel.registry.jsonable import from_json, plain, to_json

FORMAT = 1


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """A metric with its 95 % interval, the cases it rests on and how they were chosen.

    None where the figure does not exist on these cases.
    """

    value: float | None
    low: float | None
    high: float | None
    n: int
    protocol: str


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """The table a version learned from: `file` in the folder of tables, and its content.

    `fingerprint` is of the rows, whatever file they were read from; `sha256` is of this file.
    """

    fingerprint: str
    file: str
    sha256: str
    bytes: int


class RowCounts(msgspec.Struct, frozen=True, kw_only=True):
    """How many rows had which use."""

    train: int
    validation: int
    test: int
    quarantined: int


class Lineage(msgspec.Struct, frozen=True, kw_only=True):
    """The code and the machine that made a version. A changed `commit` ends in `-dirty`."""

    code_version: str
    commit: str | None
    libraries: dict[str, str]
    python: str
    platform: str
    machine: str
    cpus: int
    threads: int


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """Everything there is to know about a version but its number, which the registry hands out.

    `declaration`: what the person wrote, resolved. `signature`: what goes in, what comes out and
    what is done with values that do not fit. `parameters`: as resolved by the libraries.
    `model_sha256`: of `model.onnx`. `parity_max_abs_diff`: between it and the native model on
    held-out rows. `seconds`: by stage.
    `beside`: the other tables it learned from.
    """

    system: str
    task: str
    algorithm: str
    created_at: datetime
    declaration: dict[str, object]
    data: Snapshot
    rows: RowCounts
    signature: dict[str, object]
    parameters: dict[str, object]
    seeds: dict[str, int]
    lineage: Lineage
    metrics: dict[str, Figure]
    verdicts: tuple[Verdict, ...]
    leakage: tuple[Finding, ...] = ()
    parity_max_abs_diff: float
    model_sha256: str
    seconds: dict[str, float] = {}
    notes: tuple[str, ...] = ()
    trials: int = 0
    beside: dict[str, Snapshot] = {}
    format: int = FORMAT


def figure(estimate: Estimate, protocol: str) -> Figure:
    """The record of `estimate`; NaN becomes None."""
    value, low, high = (
        None if math.isnan(number) else float(number)
        for number in (estimate.value, estimate.low, estimate.high)
    )
    return Figure(value=value, low=low, high=high, n=int(estimate.n), protocol=protocol)


def write_record(record: Record) -> bytes:
    """`record` as JSON, the same bytes for the same record. Keys stay in their order, which in a
    declaration may mean something: actions rise from one to the next."""
    parameters = {name: to_json(value) for name, value in record.parameters.items()}
    writable = msgspec.structs.replace(record, parameters=parameters)
    content = msgspec.json.encode(writable, enc_hook=plain)
    return msgspec.json.format(content, indent=2) + b"\n"


def read_record(content: bytes) -> Record:
    """The record that `write_record` wrote. Raises ArtifactError when it is not one."""
    try:
        record = msgspec.json.decode(content, type=Record)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ArtifactError(
            f"version.json does not read as the record of a version ({error}): it was written by "
            "another version of Keel or changed by hand; train the system again"
        ) from error
    if record.format != FORMAT:
        raise ArtifactError(
            f"version.json has format {record.format} and this Keel reads {FORMAT}: "
            "pip install --upgrade keel-ml"
        )
    parameters = {name: from_json(value) for name, value in record.parameters.items()}
    return msgspec.structs.replace(record, parameters=parameters)


def hash_declaration(declaration: Mapping[str, object]) -> str:
    """SHA-256 of what was declared, whatever order its keys were written in."""
    content = msgspec.json.encode(declaration, enc_hook=plain, order="sorted")
    return hashlib.sha256(content).hexdigest()
