"""The Python face of Keel: `keel.run` and `keel.load`. Importing it loads nothing heavy."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from keel.settings import share_processors


def run(
    source: Any,
    *,
    target: str | None = None,
    test: Any = None,
    name: str | None = None,
    task: str | None = None,
    columns: Sequence[str] | None = None,
    ignore: Sequence[str] = (),
    time: str | None = None,
    group: str | None = None,
    promises: Sequence[str] = (),
    minutes: float | None = None,
    trials: int | None = None,
    seed: int | None = None,
    models: Sequence[str] | None = None,
    home: str | Path | None = None,
    into: str | Path | None = None,
    tell: Any = None,
) -> Any:
    """Train, prove and register; returns a `keel.session.Session`.

    source: a data frame (polars, pandas, Arrow, a list of dicts), a table's path or address, or a
    folder with a keel.yaml. target: the column to learn, unless a keel.yaml says it; with
    `task="detect"` an optional one to judge by. test: a table or frame to use as the test part.
    promises: added to the inferred ones. into: where to write the inferred keel.yaml; nothing is
    written for a data frame unless it is given. home: where Keel keeps things, `KEEL_HOME` or
    `.keel` by default.

    Raises KeelError; the message says what is wrong and how to repair it.
    """
    share_processors()
    from keel.session import run_session

    return run_session(
        source,
        target=target,
        test=test,
        name=name,
        task=task,
        columns=columns,
        ignore=ignore,
        time=time,
        group=group,
        promises=promises,
        minutes=minutes,
        trials=trials,
        seed=seed,
        models=models,
        home=home,
        into=into,
        tell=tell,
    )


def load(reference: str, *, home: str | Path | None = None) -> Any:
    """A registered version, `fraud` or `fraud@7`, ready to answer; a `keel.session.Session`."""
    from keel.session import load_session

    return load_session(reference, home=home)
