"""A model of many columns together, for one column to be held against."""

import lightgbm
import numpy as np
import polars as pl
from numpy.typing import NDArray
from sklearn.feature_extraction.text import CountVectorizer

from keel.evaluate.leakage.context import FOLDS, Context
from keel.evaluate.leakage.target import Floats
from keel.spec.kinds import Kind

MOST_COLUMNS = 200
MOST_WORDS = 300
WORD_CHARACTERS = 2_000
ROUNDS = 60


def together(context: Context, names: list[str]) -> Floats:
    """[n, k] predictions across folds by gradient-boosted trees on these columns and all texts.

    The columns that say most on their own come first if there are too many.
    """
    target = context.target
    scores = np.array([context.one_column(name).score for name in names])
    order = np.argsort(-scores, kind="stable")[:MOST_COLUMNS]
    names = [names[place] for place in np.sort(order)]
    words = _words(context)
    # Bins lose next to nothing here, and are what the trees would make of the values anyhow.
    columns = np.column_stack(
        [*(context.one_column(name).codes.astype(np.float32) for name in names), words]
    )
    categories = [
        place
        for place, name in enumerate(names)
        if context.kind(name) is Kind.CATEGORY and context.one_column(name).distinct > 2
    ]
    predicted = np.zeros_like(target.indicators)
    label = target.codes if target.classes else target.ranks
    for fold in range(FOLDS):
        inside = context.fold == fold
        data = lightgbm.Dataset(
            columns[~inside],
            label[~inside],
            categorical_feature=categories,
            free_raw_data=True,
        )
        booster = lightgbm.train(_parameters(context), data, ROUNDS)
        answer = booster.predict(columns[inside])
        if target.classes == 2:
            answer = np.column_stack([1 - answer, answer])
        predicted[inside] = answer.reshape(int(inside.sum()), -1)
    return predicted


def additive(context: Context, names: list[str]) -> Floats:
    """[n, k] predictions as if every column spoke independently: cheap, and nearly a lower bound
    of what they can do together."""
    indicators = context.target.indicators
    total = np.zeros_like(indicators)
    for name in names:
        said = context.one_column(name).predict(context.fold)
        if context.target.classes:
            said = np.log(np.maximum(said, 1e-9))
        total += said - said.mean(axis=0)
    if context.target.classes:
        total += np.log(np.maximum(indicators.mean(axis=0), 1e-9))
        total -= np.logaddexp.reduce(total, axis=1)[:, None]
        return total
    scale = float((total * indicators).sum()) / max(float((total**2).sum()), 1e-12)
    return total * scale


def _words(context: Context) -> NDArray[np.float32]:
    """[n, w] whether each of the commonest words is in the texts."""
    names = [column.name for column in context.examples.columns if column.kind is Kind.TEXT]
    if not names:
        return np.zeros((len(context.rows), 0), dtype=np.float32)
    texts = context.frame.select(
        pl.concat_str(
            [pl.col(name).fill_null("").str.slice(0, WORD_CHARACTERS) for name in names],
            separator=" ",
        )
    ).to_series()
    counter = CountVectorizer(binary=True, max_features=MOST_WORDS, dtype=np.float32)
    try:
        return np.asarray(counter.fit_transform(texts.to_list()).toarray(), dtype=np.float32)
    except ValueError:  # no text has a word
        return np.zeros((len(context.rows), 0), dtype=np.float32)


def _parameters(context: Context) -> dict[str, object]:
    target = context.target
    objective: dict[str, object] = {"objective": "regression"}
    if target.classes == 2:
        objective = {"objective": "binary"}
    elif target.classes:
        objective = {"objective": "multiclass", "num_class": target.classes}
    small = len(context.rows) < 2_000
    return objective | {
        "learning_rate": 0.12,
        "num_leaves": 7 if small else 31,
        "min_data_in_leaf": 10 if small else 40,
        "feature_fraction": 0.8,
        "max_bin": 63,
        "seed": context.seed % 2**31,
        "deterministic": True,
        "force_col_wise": True,
        # So small a fit is over before threads have met.
        "num_threads": 1,
        "verbosity": -1,
    }
