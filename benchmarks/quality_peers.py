"""What a person would write by hand: a tuned LightGBM and a linear model, on the same rows."""

import os
import warnings

import lightgbm
import numpy as np
import optuna
import polars as pl
from sklearn.compose import make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegressionCV, RidgeCV
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

THREADS = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
COMMON = {"verbosity": -1, "num_threads": THREADS, "bagging_freq": 1, "deterministic": True}
ROUNDS = 2000
LEVELS = 30
"""The most values of a category that a linear model gets columns for."""


def tuned_lightgbm(
    train: pl.DataFrame, label: np.ndarray, test: pl.DataFrame, *, trials: int, seed: int
) -> np.ndarray:
    """[n] scores of `test` after a search over 5-fold cross-validation with early stopping."""
    data, rows, categories = _coded(train, test)
    binary = label.dtype.kind == "i"
    task = {"objective": "binary", "metric": "auc"} if binary else {"objective": "l2"}
    task |= COMMON | {"seed": seed}

    def attempt(trial: optuna.Trial) -> float:
        wanted = task | {
            "learning_rate": trial.suggest_float("learning_rate", 0.02, 0.2, log=True),
            "num_leaves": trial.suggest_int("num_leaves", 4, 96, log=True),
            "min_data_in_leaf": trial.suggest_int("min_data_in_leaf", 5, 100, log=True),
            "feature_fraction": trial.suggest_float("feature_fraction", 0.3, 1),
            "bagging_fraction": trial.suggest_float("bagging_fraction", 0.6, 1),
            "lambda_l2": trial.suggest_float("lambda_l2", 1e-3, 30, log=True),
        }
        held = lightgbm.cv(
            wanted,
            lightgbm.Dataset(data, label, categorical_feature=categories),
            ROUNDS,
            nfold=5,
            stratified=binary,
            seed=seed,
            callbacks=[lightgbm.early_stopping(50, verbose=False)],
        )
        means = held["valid auc-mean" if binary else "valid l2-mean"]
        trial.set_user_attr("rounds", len(means))
        return float(means[-1])

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(
        direction="maximize" if binary else "minimize",
        sampler=optuna.samplers.TPESampler(seed=seed, n_startup_trials=min(8, trials)),
    )
    study.optimize(attempt, n_trials=trials)
    best = study.best_trial
    booster = lightgbm.train(
        task | best.params,
        lightgbm.Dataset(data, label, categorical_feature=categories),
        best.user_attrs["rounds"],
    )
    return np.asarray(booster.predict(rows))


def linear(train: pl.DataFrame, label: np.ndarray, test: pl.DataFrame, *, seed: int) -> np.ndarray:
    """[n] scores of `test` by a logistic regression, or a ridge for values, its strength chosen by
    cross-validation."""
    names = train.columns
    texts = [n for n in names if not train[n].dtype.is_numeric() and train[n].dtype != pl.Boolean]
    numbers = [n for n in names if n not in texts]
    places = {name: place for place, name in enumerate(names)}
    prepare = make_column_transformer(
        (
            OneHotEncoder(handle_unknown="infrequent_if_exist", max_categories=LEVELS),
            [places[name] for name in texts],
        ),
        (
            make_pipeline(SimpleImputer(add_indicator=True), StandardScaler()),
            [places[name] for name in numbers],
        ),
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if label.dtype.kind == "i":
            model = Pipeline([("prepare", prepare), ("fit", _logistic(seed))])
            return model.fit(_rows(train), label).predict_proba(_rows(test))[:, 1]
        model = Pipeline([("prepare", prepare), ("fit", RidgeCV(np.logspace(-3, 3, 7)))])
        return model.fit(_rows(train), label).predict(_rows(test))


def _logistic(seed: int) -> LogisticRegressionCV:
    return LogisticRegressionCV(
        Cs=[0.01, 0.1, 1, 10],
        cv=5,
        scoring="roc_auc",
        max_iter=2000,
        random_state=seed,
        l1_ratios=(0,),
        use_legacy_attributes=False,
    )


def _coded(train: pl.DataFrame, test: pl.DataFrame) -> tuple[np.ndarray, np.ndarray, list[int]]:
    """Both as numbers, and which columns hold codes of categories."""
    columns, others, categories = [], [], []
    for place, name in enumerate(train.columns):
        fitted, later = train[name], test[name]
        if fitted.dtype.is_numeric() or fitted.dtype == pl.Boolean:
            columns.append(fitted.cast(pl.Float64).to_numpy())
            others.append(later.cast(pl.Float64).to_numpy())
            continue
        known = {value: code for code, value in enumerate(sorted(set(fitted.drop_nulls())))}
        columns.append(np.array([known.get(value, np.nan) for value in fitted], dtype=float))
        others.append(np.array([known.get(value, np.nan) for value in later], dtype=float))
        categories.append(place)
    return np.column_stack(columns), np.column_stack(others), categories


def _rows(frame: pl.DataFrame) -> np.ndarray:
    """Rows as scikit-learn takes them: text with a word for missing, numbers with NaN."""
    columns = [
        frame[name].cast(pl.Float64).fill_null(np.nan).to_numpy().astype(object)
        if frame[name].dtype.is_numeric() or frame[name].dtype == pl.Boolean
        else frame[name].fill_null("(missing)").to_numpy().astype(object)
        for name in frame.columns
    ]
    return np.column_stack(columns)
