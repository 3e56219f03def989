"""Finished trials on disk, so that an interrupted run goes on from what was finished."""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from keel.backends.disk import disk
from keel.train.search.candidate import Candidate, Recipe
from keel.train.search.pipeline import FittedPipeline


@dataclass(frozen=True, eq=False)
class Trial:
    """A candidate with its out-of-fold scores: [rows validated, k] float32, folds in order.

    pipeline: what was fitted where there is one validation part only; it is not kept on disk.
    """

    candidate: Candidate
    scores: NDArray[np.float32]
    pipeline: FittedPipeline | None = None


class TrialCache:
    """A folder with one file per finished trial, named by the recipe.

    The folder belongs to one table, declaration, seed and set of library versions; a trial is
    written beside and renamed, so a killed run leaves whole files or none.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def read(self, recipe: Recipe) -> Trial | None:
        """The finished trial of this recipe, if there is one."""
        path = self._folder / f"{recipe.digest}.npz"
        if not path.exists():
            return None
        with np.load(path, allow_pickle=False) as stored:
            fields = json.loads(str(stored["candidate"]))
            scores = stored["scores"]
        fields["recipe"] = Recipe(**fields["recipe"])
        fields["folds"] = tuple(fields["folds"])
        return Trial(Candidate(**fields), scores)

    def write(self, trial: Trial) -> None:
        """Keep a finished trial."""
        recipe = trial.candidate.recipe
        path = self._folder / f"{recipe.digest}.npz"
        draft = path.with_name(f"{path.stem}.{os.getpid()}.part")
        fields = {**asdict(trial.candidate), "recipe": recipe.to_json()}
        try:
            with disk(path), draft.open("wb") as file:
                np.savez(file, candidate=np.asarray(json.dumps(fields)), scores=trial.scores)
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)

    def drop(self) -> None:
        """Forget all trials: the version they led to is registered."""
        for path in self._folder.iterdir():
            path.unlink(missing_ok=True)
        self._folder.rmdir()
