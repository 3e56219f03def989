"""What `keel.run` and `keel.load` return: a version that answers, with its report."""

import os
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import polars as pl

from keel.batch import answers_frame
from keel.data.conform import tell_unread
from keel.data.infer import infer_system
from keel.data.sources.frame import FrameSource
from keel.declare import (
    FILE,
    Declared,
    Wanted,
    declare,
    merge,
    relative_to,
    write_declaration,
)
from keel.errors import InputError, RequestError
from keel.evaluate.explainer import Explanations, Scale
from keel.features.online.scope import in_online
from keel.lifecycle import run
from keel.registry.artifact import read_artifact
from keel.registry.find import find
from keel.registry.open_explainer import open_explainer
from keel.registry.version import Version
from keel.settings import Settings, read_settings
from keel.spec.kinds import LABELLED, read_task
from keel.spec.nearest import did_you_mean
from keel.spec.system import System, TableSpec
from keel.store import Store, open_store
from keel.train.export.answerer import Answerer
from keel.train.export.ask_options import OF_LISTS, AskOptions
from keel.train.export.open_predictor import open_predictor
from keel.train.progress import Tell, silent
from keel.walk.report import RunReport


@dataclass(frozen=True, eq=False)
class Session:
    """A registered version in this process.

    report: of the run that made it; None for a version that was loaded. folder: the model, the
    card and everything else of the version; not to be written to.
    """

    version: Version
    folder: Path
    predictor: Answerer
    report: RunReport | None = None

    @property
    def card(self) -> Path:
        """The model card as one HTML file."""
        return self.folder / "card.html"

    @property
    def passed(self) -> bool:
        """Whether the version was released: nothing promised was broken."""
        return self.version.status != "held"

    def predict(self, rows: Any, **options: Any) -> pl.DataFrame:
        """[n] answers to n rows: `prediction`, and for classes a `score CLASS` each; of a version
        that recommends a row for each item of each list.

        rows: a data frame of any library, or a list of dicts. options: of lists: k, exclude_seen,
        filter, diversity. Warns of values that could not be read and counted as missing. Raises
        RequestError naming every missing column, and options that cannot be had.
        """
        signature = self.predictor.signature
        unknown = [name for name in options if name not in OF_LISTS]
        if unknown:
            raise RequestError(f"no option {unknown[0]!r}: {did_you_mean(unknown[0], OF_LISTS)}")
        prediction = self.predictor.answer(FrameSource(rows).frame, AskOptions(**options))
        for sentence in tell_unread(prediction.unread, signature.request_columns):
            warnings.warn(sentence, stacklevel=2)
        return answers_frame(prediction, signature)

    def explain(
        self, rows: Any, *, of: str | None = None, scale: Scale | None = None, **options: Any
    ) -> pl.DataFrame:
        """Why rows are answered as they are: for each a row for each feature, those that `moved`
        its `score` from `base` furthest first, with the standard `error` of that. Of a version that
        recommends what `predict` gives, `reasons` included.

        rows: as for `predict`. of: the class whose score is explained; unless said the positive
        one, or the one predicted. scale: `probability` unless said, or `log_odds`. options: of
        lists. Raises RequestError.
        """
        if self.predictor.signature.listing is not None:
            return self.predict(rows, **options)
        if options:
            raise RequestError(f"no option {next(iter(options))!r}: of and scale are what there is")
        return self.explain_rows(rows, of=of, scale=scale).frame

    def explain_rows(
        self, rows: Any, *, of: str | None = None, scale: Scale | None = None
    ) -> Explanations:
        """The same as values. Raises RequestError for versions that recommend too."""
        explainer = open_explainer(self.predictor, self.folder)
        found = explainer.explain(FrameSource(rows).frame, of=of, scale=scale)
        for sentence in tell_unread(found.unread, self.predictor.signature.request_columns):
            warnings.warn(sentence, stacklevel=3)
        return found

    def __repr__(self) -> str:
        return f"<{self.version} {self.version.status.value}: {self.version.algorithm}>"


def run_session(
    source: Any,
    *,
    promises: Sequence[str],
    models: Sequence[str] | None,
    home: str | Path | None,
    into: str | Path | None,
    tell: Tell | None,
    **wanted: Any,
) -> Session:
    """See `keel.run`."""
    say = tell or silent
    test = wanted.pop("test")
    test_is_frame = test is not None and _is_frame(test)
    asked = Wanted(
        **{
            **wanted,
            "ignore": tuple(wanted["ignore"]),
            "columns": None if wanted["columns"] is None else tuple(wanted["columns"]),
            "test": None if test is None or test_is_frame else str(test),
            "into": None if into is None else Path(into),
        }
    )
    if _is_frame(source):
        declared = _of_frame(source, asked)
    else:
        declared = declare(replace(asked, where=str(source)), say)
    system = _with_more(declared.system, promises, models)
    finished = run(
        system,
        base=declared.base,
        store=_store(home),
        tell=say,
        frame=source if _is_frame(source) else None,
        test_frame=test if test_is_frame else None,
    )
    return Session(finished.version, finished.folder, finished.predictor, finished.report)


def load_session(reference: str, *, home: str | Path | None) -> Session:
    """See `keel.load`."""
    store = _store(home)
    version = find(store.engine, reference)
    folder = read_artifact(store.blobs, version.digest)
    find_for = in_online(store.online, version.system)
    predictor = open_predictor(folder, threads=os.cpu_count() or 1, find_for=find_for)
    return Session(version, folder, predictor)


def _of_frame(frame: Any, asked: Wanted) -> Declared:
    task = None if asked.task is None else read_task(asked.task)
    if asked.target is None and (task is None or task in LABELLED):
        raise InputError('say which column to learn: target=; or find odd rows: task="detect"')
    base = Path(asked.into or Path())
    system = infer_system(
        asked.name or "frame",
        TableSpec(
            table="frame",
            columns=asked.columns,
            test=None if asked.test is None else relative_to(asked.test, base),
        ),
        asked.target,
        task=task,
        ignore=asked.ignore,
        time=asked.time,
        group=asked.group,
        trials=asked.trials,
        minutes=asked.minutes,
        seed=asked.seed,
        base=base,
        frame=frame,
    )
    if asked.into is not None:
        write_declaration(system, base / FILE)
    return Declared(system, base)


def _with_more(system: System, promises: Sequence[str], models: Sequence[str] | None) -> System:
    if not promises and models is None:
        return system
    said: dict[str, Any] = {}
    if promises:
        said["promises"] = [*(promise.text for promise in system.promises), *promises]
    if models is not None:
        said["train"] = {"models": tuple(models)}
    return merge(system, said)


def _is_frame(source: Any) -> bool:
    return not isinstance(source, str | os.PathLike)


def _store(home: str | Path | None) -> Store:
    if home is None:
        return open_store()
    settings: Settings = read_settings({**os.environ, "KEEL_HOME": str(home)})
    return open_store(settings)
