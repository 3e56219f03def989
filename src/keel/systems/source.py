"""The seam of reference data: what writes the tables of a reference system into a folder."""

import importlib
from pathlib import Path
from typing import Protocol

import polars as pl

from keel.errors import EnvironmentFailure
from keel.systems.reference import find_reference
from keel.train.progress import Tell, silent


class Source(Protocol):
    """A module in a reference system's folder, named in the catalogue."""

    def write(self, into: Path, data: Path | None, tell: Tell) -> tuple[Path, ...]:
        """Write the tables that the system's declaration names into the folder `into`.

        data: a copy of the original on this machine; without it the original is downloaded, or
        simulated where the system has a simulator.
        """
        ...


def fetch(name: str, data: Path | None, into: Path, tell: Tell = silent) -> tuple[Path, ...]:
    """The tables of the reference system `name`, written into the folder `into`.

    Raises NotFound for an unknown name, TableError when `data` is not such a data set,
    EnvironmentFailure when it cannot be downloaded or the disk is full.
    """
    source: Source = importlib.import_module(find_reference(name).source)
    try:
        into.mkdir(parents=True, exist_ok=True)
        return source.write(into, data, tell)
    except OSError as error:
        raise EnvironmentFailure(f"cannot write the data of {name} into {into}: {error}") from error


def write_table(frame: pl.DataFrame, path: Path) -> Path:
    """`frame` as a Parquet file, whole or not there at all."""
    half = path.with_suffix(".half")
    try:
        frame.write_parquet(half, compression="zstd")
        half.replace(path)
    finally:
        half.unlink(missing_ok=True)
    return path
