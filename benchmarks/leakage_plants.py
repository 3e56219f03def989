"""Leaks to plant into clean tables: one function per kind."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import polars as pl

from leakage_tables import Case

Plant = Callable[[Case, np.random.Generator], Case | None]
"""Gives the case with a leak in columns called `leak…`, or None where the kind cannot be."""

DAY = np.timedelta64(86_400_000_000, "us")


def copy(case: Case, _: np.random.Generator) -> Case:
    return case.with_column(leak=case.label)


def copy_with_errors(case: Case, rng: np.random.Generator) -> Case:
    """One label in a hundred wrong, or off by a hundredth of its spread."""
    if not case.is_class:
        y = case.number()
        return case.with_column(leak=pl.Series(y + rng.normal(0, 0.01 * y.std(), len(y))))
    names = case.label.unique().sort().to_numpy()
    wrong = rng.random(len(case.label)) < 0.01
    other = (np.searchsorted(names, case.label.to_numpy()) + 1) % len(names)
    return case.with_column(leak=pl.Series(np.where(wrong, names[other], case.label.to_numpy())))


def copy_with_gaps(case: Case, rng: np.random.Generator) -> Case:
    """The label, in every other row."""
    known = rng.random(len(case.label)) < 0.5
    return case.with_column(
        leak=case.label.to_frame("y")
        .select(pl.when(pl.Series(known)).then(pl.col("y")))
        .to_series()
    )


def recoded(case: Case, rng: np.random.Generator) -> Case:
    """Several codes for every class; a code for each of thirty bands of values."""
    y = case.number()
    if not case.is_class:
        y = np.searchsorted(np.quantile(y, np.linspace(0, 1, 31)[1:-1]), y)
    _, place = np.unique(y, return_inverse=True)
    several = rng.integers(0, 3, len(y)) if case.is_class else 0
    shuffled = rng.permutation(3 * (int(place.max()) + 1))
    return case.with_column(leak=pl.Series([f"k{c}" for c in shuffled[3 * place + several]]))


def monotone(case: Case, rng: np.random.Generator) -> Case:
    y = case.number()
    if case.is_class:
        return case.with_column(leak=pl.Series((y + rng.uniform(0, 0.95, len(y))) ** 3))
    return case.with_column(leak=pl.Series(np.exp((y - y.mean()) / y.std())))


def two_sided(case: Case, rng: np.random.Generator) -> Case:
    """A function that rises and falls: the label is how far the column is from zero."""
    y = case.number()
    far = y + rng.uniform(0, 0.95, len(y)) if case.is_class else y - y.min()
    return case.with_column(leak=pl.Series(far * rng.choice([-1.0, 1.0], len(y))))


def mean_by_identifier(case: Case, rng: np.random.Generator) -> Case:
    y = case.number()
    if case.is_class:
        y = (y == 1).astype(float)
    who = rng.integers(0, int(len(y) / 1.5), len(y))
    mean = np.bincount(who, weights=y) / np.maximum(np.bincount(who), 1)
    return case.with_column(leak=pl.Series(mean[who]))


def _parts(case: Case, rng: np.random.Generator, count: int) -> list[np.ndarray]:
    spread = case.number().std() or 1.0
    return [rng.normal(0, spread, len(case.label)) for _ in range(count)]


def sum_of_two(case: Case, rng: np.random.Generator) -> Case:
    (a,) = _parts(case, rng, 1)
    return case.with_column(leak_a=pl.Series(a), leak_b=pl.Series(case.number() - a))


def sum_of_two_with_gaps(case: Case, rng: np.random.Generator) -> Case:
    """Two parts, rounded to four digits, each missing in a fifth of the rows."""
    (a,) = _parts(case, rng, 1)
    digits = 4 - int(np.floor(np.log10(case.number().std() or 1.0)))
    parts = [np.round(a, digits), np.round(case.number() - a, digits)]
    for part in parts:
        part[rng.random(len(part)) < 0.2] = np.nan
    return case.with_column(
        leak_a=pl.Series(parts[0]).fill_nan(None), leak_b=pl.Series(parts[1]).fill_nan(None)
    )


def sum_of_six(case: Case, rng: np.random.Generator) -> Case:
    parts = _parts(case, rng, 5)
    parts.append(case.number() - np.sum(parts, axis=0))
    return case.with_column(**{f"leak_{j}": pl.Series(part) for j, part in enumerate(parts)})


def sum_of_three(case: Case, rng: np.random.Generator) -> Case:
    a, b = _parts(case, rng, 2)
    rest = case.number() - a - b
    return case.with_column(leak_a=pl.Series(a), leak_b=pl.Series(b), leak_c=pl.Series(rest))


def difference(case: Case, rng: np.random.Generator) -> Case | None:
    y = case.number()
    if case.is_class and y.max() > 1:
        return None
    (b,) = _parts(case, rng, 1)
    above = y - 1 + rng.uniform(0, 1, len(y)) if case.is_class else y
    return case.with_column(leak_a=pl.Series(above + b), leak_b=pl.Series(b))


def product(case: Case, rng: np.random.Generator) -> Case | None:
    y = case.number()
    if case.is_class and y.max() > 1:
        return None
    b = rng.lognormal(0, 0.5, len(y))
    value = y + rng.uniform(0, 1, len(y)) if case.is_class else y
    return case.with_column(leak_a=pl.Series(value / b), leak_b=pl.Series(b))


def ratio(case: Case, rng: np.random.Generator) -> Case | None:
    y = case.number()
    if case.is_class and y.max() > 1:
        return None
    b = rng.lognormal(0, 0.5, len(y))
    value = y + rng.uniform(0, 1, len(y)) if case.is_class else y
    return case.with_column(leak_a=pl.Series(value * b), leak_b=pl.Series(b))


def either_of_two(case: Case, rng: np.random.Generator) -> Case | None:
    """Two flags, one of which is up in every positive."""
    y = case.number()
    if not case.is_class or y.max() > 1:
        return None
    which = rng.integers(0, 3, len(y))
    flags = [(y == 1) & (which != place) for place in (0, 1)]
    return case.with_column(leak_a=pl.Series(flags[0]), leak_b=pl.Series(flags[1]))


def _high(case: Case) -> np.ndarray:
    y = case.number()
    return y == 1 if case.is_class else y > np.median(y)


def missing_unless_positive(case: Case, rng: np.random.Generator) -> Case:
    values = np.where(_high(case), rng.normal(size=len(case.label)), np.nan)
    return case.with_column(leak=pl.Series(values).fill_nan(None))


def known_for_some_positives(case: Case, rng: np.random.Generator) -> Case | None:
    if not case.is_class:
        return None
    filled = _high(case) & (rng.random(len(case.label)) < 0.6)
    return case.with_column(leak=pl.Series(np.where(filled, "yes", "")).replace("", None))


def zero_unless_positive(case: Case, rng: np.random.Generator) -> Case:
    return case.with_column(leak=pl.Series(_high(case) * rng.lognormal(0, 1, len(case.label))))


def _timed(case: Case, rng: np.random.Generator) -> tuple[Case, np.ndarray]:
    """The case with a time of its own that means nothing."""
    start = np.datetime64("2024-01-01", "us")
    time = np.sort(start + (rng.random(len(case.label)) * 400 * DAY.astype(int)).astype(DAY.dtype))
    named = case.with_column(the_time=pl.Series(time))
    return replace(named, time="the_time"), time


def closed_after(case: Case, rng: np.random.Generator) -> Case:
    timed, time = _timed(case, rng)
    y = case.number()
    days = 5 + 20 * (y - y.min()) / (y.std() or 1.0) + rng.exponential(6, len(y))
    return timed.with_column(leak=pl.Series(time + (days * DAY.astype(int)).astype(DAY.dtype)))


def running_total(case: Case, rng: np.random.Generator) -> Case | None:
    y = case.number()
    if case.is_class and y.max() > 1:
        return None
    order = rng.permutation(len(y))
    shuffled = case.take(order)
    return shuffled.with_column(leak=pl.Series(np.cumsum(shuffled.number())))


def running_mean_by_group(case: Case, rng: np.random.Generator) -> Case | None:
    """The mean of the group's labels so far, this one included."""
    y = case.number()
    if case.is_class and y.max() > 1:
        return None
    timed, _ = _timed(case.take(rng.permutation(len(y))), rng)
    frame = pl.DataFrame({"who": rng.integers(0, len(y) // 30 + 2, len(y)), "y": timed.number()})
    so_far = frame.select(
        pl.col("y").cum_sum().over("who") / pl.int_range(1, pl.len() + 1).over("who")
    )
    grouped = timed.with_column(who=frame["who"], leak=so_far.to_series())
    return replace(grouped, group="who", by="group")


def later_mean(case: Case, rng: np.random.Generator) -> Case | None:
    """The mean of this and the next six labels, in time order."""
    y = case.number()
    if case.is_class and y.max() > 1:
        return None
    timed, _ = _timed(case.take(rng.permutation(len(y))), rng)
    total = np.append(0.0, np.cumsum(timed.number()))
    end = np.minimum(np.arange(len(y)) + 7, len(y))
    return timed.with_column(leak=pl.Series((total[end] - total[:-1]) / (end - np.arange(len(y)))))


def next_label(case: Case, rng: np.random.Generator) -> Case | None:
    y = case.number()
    if case.is_class and y.max() > 1:
        return None
    timed, _ = _timed(case.take(rng.permutation(len(y))), rng)
    return timed.with_column(leak=pl.Series(np.append(timed.number()[1:], 0.0)))


def group_declared(case: Case, rng: np.random.Generator) -> Case:
    """A group is named, but rows are split at random."""
    group = rng.integers(0, len(case.label) // 5, len(case.label))
    return replace(case.with_column(leak=pl.Series(group)), group="leak", by="random")


def group_undeclared(case: Case, rng: np.random.Generator) -> Case:
    """Every row comes four times, slightly altered, with one identifier."""
    rows = np.repeat(rng.permutation(len(case.label))[: max(200, len(case.label) // 4)], 4)
    rows = rng.permutation(rows)
    altered = case.take(rows)
    noisy = [
        (s + s.std() * 0.01 * rng.normal(size=len(rows))).alias(s.name)
        for s in altered.frame
        if s.dtype == pl.Float64
    ]
    noisy.append(pl.Series("jitter", rng.normal(size=len(rows))))
    return replace(
        altered.with_column(leak=pl.Series([f"p{r}" for r in rows])),
        frame=altered.frame.with_columns(*noisy, leak=pl.Series([f"p{r}" for r in rows])),
    )


def duplicates(case: Case, rng: np.random.Generator) -> Case:
    """A given test table, one row in twenty of which was trained on."""
    order = rng.permutation(len(case.label))
    begin = int(0.8 * len(order))
    order[begin : begin + max(4, len(order) // 100)] = order[: max(4, len(order) // 100)]
    return replace(case.take(order), given=begin)


def _by_trend(case: Case, rng: np.random.Generator) -> Case:
    y = case.number()
    return case.take(np.argsort(y + rng.normal(0, 0.5 * y.std(), len(y)), kind="stable"))


def row_number(case: Case, rng: np.random.Generator) -> Case:
    return _by_trend(case, rng).with_column(leak=pl.Series(np.arange(len(case.label)) + 1000))


def time_trend(case: Case, rng: np.random.Generator) -> Case:
    return _timed(_by_trend(case, rng), rng)[0]


def measured_with_outcome(case: Case, rng: np.random.Generator) -> Case:
    """A noisy quantity that knows nearly all of the label."""
    y = case.number()
    noise = 0.35 if case.is_class else 0.15 * y.std()
    return case.with_column(leak=pl.Series(y + rng.normal(0, noise, len(y))))


def label_in_text(case: Case, rng: np.random.Generator) -> Case | None:
    if not case.is_class:
        return None
    words = np.array(["blue", "green", "north", "south", "late", "early", "round", "flat"])
    texts = [
        f"{' '.join(rng.choice(words, 5))} status {label} {' '.join(rng.choice(words, 3))}"
        for label in case.label
    ]
    return case.with_column(leak=pl.Series(texts, dtype=pl.Categorical))


PLANTS: tuple[Plant, ...] = (
    copy,
    copy_with_errors,
    copy_with_gaps,
    recoded,
    monotone,
    two_sided,
    mean_by_identifier,
    sum_of_two,
    sum_of_two_with_gaps,
    sum_of_three,
    sum_of_six,
    difference,
    product,
    ratio,
    either_of_two,
    missing_unless_positive,
    known_for_some_positives,
    zero_unless_positive,
    closed_after,
    running_total,
    running_mean_by_group,
    later_mean,
    next_label,
    group_declared,
    group_undeclared,
    duplicates,
    row_number,
    time_trend,
    measured_with_outcome,
    label_in_text,
)

WITHOUT_COLUMN = {"duplicates": "duplicates", "time_trend": "time trend"}
"""Plants that lie in the rows, and the kind of finding that names them."""
