"""The champion's answers to the rows that a new version is judged on."""

import hashlib

import numpy as np
import polars as pl

from keel.data.examples import Examples
from keel.data.row_hash import SCHEME, hash_rows
from keel.errors import KeelError
from keel.evaluate.score import costs
from keel.features.build import find_in
from keel.metrics.evidence import Evidence
from keel.registry.artifact import read_artifact
from keel.registry.find import champion
from keel.spec.kinds import TaskName
from keel.spec.system import System
from keel.store import Store
from keel.train.export.open_predictor import open_predictor
from keel.train.progress import Tell
from keel.walk.tables.folder import TRAINED_ROWS
from keel.walk.tables.prepared import TablePrepared


def champion_evidence(
    store: Store,
    system: System,
    prepared: TablePrepared,
    *,
    threads: int,
    tell: Tell,
    observed: np.ndarray | None = None,
) -> Evidence | None:
    """What the champion answers to the test part, without the rows it was trained on.

    threads: as many as the challenger answers with, since sums in another order differ in the last
    digits. observed: [test examples] whose label is known, if not all. None where there is no
    champion, it cannot answer these rows, or it has seen them all; the reason is told.
    """
    version = champion(store.engine, system.system)
    if version is None:
        return None
    test = prepared.built.examples.take(prepared.split.test)
    try:
        folder = read_artifact(store.blobs, version.digest)
        find_for = find_in(prepared.checked, system)
        predictor = open_predictor(folder, threads=threads, find_for=find_for)
        if predictor.signature.classes != test.classes:
            tell(f"champion  {version} predicts other classes and is not compared")
            return None
        unseen = _unseen(folder / TRAINED_ROWS, test)
        if not len(unseen):
            tell(f"champion  {version} was trained on all of these test rows: not compared")
            return None
        rows = prepared.built.rows[prepared.split.test][unseen]
        source = prepared.checked.table.read()[rows]
        output = predictor.answer(source)
    except KeelError as error:
        why = "; ".join(str(error).splitlines())
        tell(f"champion  {version} cannot answer these rows and is not compared: {why}")
        return None
    left = test.take(unseen)
    return Evidence(
        TaskName(version.task),
        output.output,
        left.label,
        f"the challenger's test part but {len(test) - len(unseen)} rows it was trained on",
        left.classes,
        output.decision,
        costs=costs(system.decide),
        id=case_ids(test)[unseen],
        version=str(version),
        time=left.time,
        observed=None if observed is None else observed[unseen],
    )


def case_ids(test: Examples) -> np.ndarray:
    """[n] text by which two versions' answers to the same case are matched."""
    if test.key is not None and test.key.n_unique() == len(test):
        return test.key.fill_null("").to_numpy().astype(np.str_)
    return np.arange(len(test)).astype(np.str_)


def test_fingerprint(test: Examples) -> str:
    """Equal for the same test rows, by which looks at them are counted."""
    return hashlib.sha256(np.sort(hash_rows(test)).tobytes()).hexdigest()


def _unseen(file: object, test: Examples) -> np.ndarray:
    seen = pl.read_ipc(file)  # type: ignore[arg-type]
    if len(seen) and seen["scheme"][0] != SCHEME:
        # Hashes of another engine version say nothing: all rows count as seen.
        return np.empty(0, dtype=np.int64)
    known = pl.Series(hash_rows(test)).is_in(seen["hash"].implode())
    return np.flatnonzero(~known.to_numpy())
