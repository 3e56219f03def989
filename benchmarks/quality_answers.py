"""Answers to each fold, kept in a folder, so that an interrupted benchmark goes on.

A folder belongs to one state of the code and one effort; nothing checks that.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np

Answers = dict[str, np.ndarray]


def kept(folder: Path | None, name: str, answer: Callable[[], Answers]) -> Answers:
    """What `answer` gives: read from the folder where it is there, else made and kept."""
    if folder is None:
        return answer()
    path = folder / f"{name.replace(' ', '-')}.npz"
    if path.exists():
        with np.load(path, allow_pickle=False) as stored:
            return {key: stored[key] for key in stored.files}
    answers = answer()
    folder.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".part")
    with draft.open("wb") as file:
        np.savez(file, **answers)
    draft.replace(path)
    return answers
