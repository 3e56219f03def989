"""The peers of `recommend.py`, run by a Python that has implicit, irspack and Surprise.

    python recommend_peers.py DATA EXAM SEED OUT
    python recommend_peers.py speed FACTORS

Settings of each library are chosen on the part that is there for it, for each metric apart. Writes
to OUT (.npz) for each library and metric the lists, or the ratings foretold. `speed` answers lines
of its input, `fit` and `top`, with processor seconds. Uses nothing of Keel.
"""

import contextlib
import logging
import os
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from scipy import sparse

from recommend_exams import (
    COLD,
    ITEMS,
    LAST,
    LISTS,
    RANDOM,
    ROUNDS,
    USERS,
    Question,
    Ratings,
    best_items,
    exam,
    folds,
    judge,
    many_events,
    read_ratings,
)

Fitted = Callable[[], np.ndarray]
"""[users, items] scores."""


def main() -> None:
    """One exam with one seed, or the times."""
    warnings.filterwarnings("ignore")
    logging.disable(logging.CRITICAL)
    if sys.argv[1] == "speed":
        time_als(int(sys.argv[2]))
        return
    folder, name, seed, out = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), sys.argv[4]
    ratings = read_ratings(folder)
    # Progress bars go to standard output.
    with Path(os.devnull).open("w") as nowhere, contextlib.redirect_stdout(nowhere):
        found = rate(ratings, seed) if name == "ratings" else show(name, ratings, folder, seed)
    np.savez(out, **found)


def time_als(factors: int) -> None:
    """implicit's ALS on a million events, one thread."""
    from implicit.als import AlternatingLeastSquares

    user, item = many_events()
    matrix = sparse.csr_matrix((np.ones(len(user), np.float32), (user, item)))
    everyone = np.arange(matrix.shape[0])
    model = AlternatingLeastSquares(
        factors, regularization=10, alpha=2, iterations=ROUNDS, num_threads=1, random_state=0
    )
    for line in sys.stdin:
        began = time.process_time()
        if line.strip() == "fit":
            model.fit(matrix, show_progress=False)
        else:
            model.recommend(everyone, matrix, N=20)
        print(time.process_time() - began, flush=True)


def show(name: str, ratings: Ratings, folder: Path, seed: int) -> dict[str, np.ndarray]:
    """Lists of each library's best by each metric."""
    asked = exam(name, ratings, seed)
    found = {}
    for library, settings in LIBRARIES[name].items():
        lists = {}
        for setting in settings(folder, seed):
            chosen = _answer(setting, ratings, asked.choose)
            lists[setting] = judge(chosen, ratings, asked.choose)
        for metric in LISTS[name]:
            best = max(lists, key=lambda s: np.nanmean(lists[s][metric]))
            found[f"{library}/{metric}"] = _answer(best, ratings, asked.test)
            print(f"{library} {metric}: {best.__doc__}", file=sys.stderr, flush=True)
    return found


Setting = Callable[[sparse.csr_matrix], np.ndarray]


def _answer(setting: Setting, ratings: Ratings, question: Question) -> np.ndarray:
    rows = question.learn
    places = (ratings.user[rows], ratings.item[rows])
    matrix = sparse.csr_matrix((np.ones(rows.sum(), np.float32), places), shape=(USERS, ITEMS))
    return best_items(setting(matrix), ratings, question)


def _said(setting: Setting, words: str) -> Setting:
    setting.__doc__ = words
    return setting


def irspack_settings(folder: Path, seed: int) -> Iterator[Setting]:
    """Around what does best on this table."""
    from irspack import recommenders as irspack

    del folder
    tried: list[tuple[str, dict]] = [("DenseSLIMRecommender", {"reg": r}) for r in (200, 400, 800)]
    for l2, l1 in ((0.05, 0.01), (0.1, 0.01), (0.2, 0.01), (0.5, 0.01)):
        tried.append(("SLIMRecommender", {"alpha": l2, "l1_ratio": l1, "n_threads": 1}))
    for alpha, reg in ((0.5, 0.01), (0.5, 0.012), (0.3, 0.012), (0.3, 0.015), (1, 0.008)):
        own = {"n_components": 128, "alpha0": alpha, "reg": reg, "random_seed": seed}
        tried.append(("IALSRecommender", {**own, "n_threads": 1}))
    tried.append(("RP3betaRecommender", {"alpha": 0.8, "beta": 0.5, "top_k": 200, "n_threads": 1}))
    for name, own in tried:
        kind = getattr(irspack, name)

        def fit(matrix: sparse.csr_matrix, kind: type = kind, own: dict = own) -> np.ndarray:
            return np.asarray(kind(matrix, **own).learn().get_score(np.arange(USERS)))

        yield _said(fit, f"{name} {own}")


def implicit_settings(folder: Path, seed: int) -> Iterator[Setting]:
    """ALS, Bayesian personalised ranking, and neighbours."""
    from implicit.als import AlternatingLeastSquares
    from implicit.bpr import BayesianPersonalizedRanking
    from implicit.nearest_neighbours import BM25Recommender, CosineRecommender

    del folder
    for factors, alpha, ridge in ((32, 2, 1), (64, 2, 5), (64, 2, 10), (128, 2, 10), (128, 2, 20)):
        yield _said(
            _factors(
                lambda f=factors, a=alpha, r=ridge: AlternatingLeastSquares(
                    f, regularization=r, alpha=a, iterations=15, num_threads=1, random_state=seed
                )
            ),
            f"ALS {factors} factors, alpha {alpha}, regularization {ridge}",
        )
    yield _said(
        _factors(lambda: BayesianPersonalizedRanking(64, num_threads=1, random_state=seed)), "BPR"
    )
    for kind in (CosineRecommender, BM25Recommender):

        def fit(matrix: sparse.csr_matrix, kind: type = kind) -> np.ndarray:
            model = kind(200, num_threads=1)
            model.fit(matrix, show_progress=False)
            return (matrix @ model.similarity).toarray()

        yield _said(fit, kind.__name__)


def _factors(make: Callable[[], object]) -> Setting:
    def fit(matrix: sparse.csr_matrix) -> np.ndarray:
        model = make()
        model.fit(matrix, show_progress=False)
        return model.user_factors @ model.item_factors.T

    return fit


def mapped_settings(folder: Path, seed: int) -> Iterator[Setting]:
    """What a person would write for cold items: a ridge regression of implicit's item factors on
    genres and decades."""
    from implicit.als import AlternatingLeastSquares
    from sklearn.linear_model import Ridge

    lines = (folder / "u.item").read_text(encoding="latin-1").splitlines()
    rows = [line.split("|") for line in lines]
    genres = np.array([[float(flag) for flag in row[5:24]] for row in rows])
    decade = np.array([int(row[2][-4:] or 1995) // 5 for row in rows])
    content = np.hstack([genres, decade[:, None] == np.unique(decade)])
    for factors in (8, 16, 32):
        for penalty in (1.0, 10.0, 50.0):

            def fit(
                matrix: sparse.csr_matrix, factors: int = factors, penalty: float = penalty
            ) -> np.ndarray:
                model = AlternatingLeastSquares(
                    factors, regularization=5, alpha=2, num_threads=1, random_state=seed
                )
                model.fit(matrix, show_progress=False)
                used = np.asarray(matrix.sum(axis=0)).ravel() > 0
                ridge = Ridge(penalty).fit(content[used], model.item_factors[used])
                return model.user_factors @ ridge.predict(content).T

            yield _said(fit, f"ALS {factors} factors and ridge {penalty}")


LIBRARIES = {
    RANDOM: {"irspack": irspack_settings, "implicit": implicit_settings},
    LAST: {"irspack": irspack_settings, "implicit": implicit_settings},
    COLD: {"implicit and ridge": mapped_settings},
}


def rate(ratings: Ratings, seed: int) -> dict[str, np.ndarray]:
    """Each rating as foretold without its fold; the settings chosen within the first."""
    found = np.full(len(ratings.user), np.nan)
    best: Callable | None = None
    for held in folds(ratings, seed):
        if best is None:
            inner = ~held & (np.random.default_rng(seed).random(len(held)) < 0.1)
            errors = {}
            for make in _rating_settings(seed):
                told = _foretell(make(), ratings, ~held & ~inner, inner)
                errors[make] = np.mean((told - ratings.value[inner]) ** 2)
            best = min(errors, key=lambda make: errors[make])
            print(f"Surprise: {best.__doc__}", file=sys.stderr, flush=True)
        found[held] = _foretell(best(), ratings, ~held, held)
    return {"Surprise/RMSE": found}


def _rating_settings(seed: int) -> Iterator[Callable]:
    from surprise import SVD, KNNBaseline

    for factors, epochs, rate_, ridge in (
        (100, 20, 0.005, 0.02),
        (100, 60, 0.01, 0.1),
        (50, 100, 0.005, 0.1),
    ):
        yield _said(
            lambda f=factors, e=epochs, r=rate_, p=ridge: SVD(
                n_factors=f, n_epochs=e, lr_all=r, reg_all=p, random_state=seed
            ),
            f"SVD {factors} factors, {epochs} epochs, rate {rate_}, regularisation {ridge}",
        )
    like = {"name": "pearson_baseline", "user_based": False, "shrinkage": 100}
    yield _said(lambda: KNNBaseline(60, sim_options=like, verbose=False), "KNNBaseline by item")


def _foretell(model: object, ratings: Ratings, learn: np.ndarray, asked: np.ndarray) -> np.ndarray:
    import pandas as pd
    from surprise import Dataset, Reader

    table = {
        "user": ratings.user[learn],
        "item": ratings.item[learn],
        "rating": ratings.value[learn],
    }
    model.fit(Dataset.load_from_df(pd.DataFrame(table), Reader()).build_full_trainset())
    pairs = zip(ratings.user[asked].tolist(), ratings.item[asked].tolist(), strict=True)
    return np.array([model.predict(user, item).est for user, item in pairs])


if __name__ == "__main__":
    main()
