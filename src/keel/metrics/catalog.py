"""Every metric there is, found by its place in the folders `classify`, `regress`, ..."""

from collections.abc import Iterator, Sequence
from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from keel.metrics import classify, detect, fairness, latency, recommend, regress
from keel.metrics.metric import Better, Metric
from keel.spec.kinds import TaskName
from keel.spec.nearest import did_you_mean
from keel.spec.promise import Measure
from keel.spec.tokens import GrammarError

FOLDERS = (classify, regress, recommend, detect, fairness, latency)


@cache
def metrics() -> tuple[Metric, ...]:
    """All metrics, by folder and then by name."""
    names = [
        f"{folder.__name__}.{module.name}"
        for folder in FOLDERS
        for module in iter_modules(folder.__path__)
    ]
    return tuple(import_module(name).METRIC for name in names)


def find(measure: Measure, task: TaskName) -> Metric:
    """The metric that a measure of this task asks for: `recall at 10` is of the ten cases that a
    classifier finds likeliest, or of the ten items that a user is shown.

    Raises GrammarError if there is none.
    """
    metric = _by_title(task).get((measure.name, measure.at))
    if metric is None:
        raise GrammarError(str(measure), 0, _unknown(measure, task))
    return metric


def better(measure: Measure, task: TaskName) -> Better:
    """Whether a higher or a lower figure is better; `zero` for a bias."""
    return find(measure, task).better


def unit(measure: Measure | None) -> str:
    """Of the figure: `ms`, or empty for a plain number."""
    named = [metric for metric in metrics() if measure and metric.name == measure.name]
    return named[0].unit if named else ""


def check(
    measure: Measure,
    task: TaskName,
    classes: Sequence[str] | None = None,
    columns: Sequence[str] | None = None,
    *,
    text: str | None = None,
    ranks: bool = False,
) -> None:
    """Whether a measure can be asked of a task. Raises GrammarError with every objection.

    classes, columns: what `for` and `by` may name; None where that is not known yet. text: what
    the person wrote, `measure.offset` being a place in it. ranks: the measure must say which of
    two models is better.
    """
    objections = list(_objections(measure, task, classes, columns, ranks))
    if objections:
        place = 0 if text is None else measure.offset
        raise GrammarError(text or str(measure), place, "; ".join(objections))


def _objections(
    measure: Measure,
    task: TaskName,
    classes: Sequence[str] | None,
    columns: Sequence[str] | None,
    ranks: bool,
) -> Iterator[str]:
    key = (measure.name, measure.at)
    metric = _by_title(task).get(key)
    if metric is None:
        elsewhere = [other for other in metrics() if (other.name, other.at) == key]
        if not elsewhere:
            yield _unknown(measure, task)
            return
        metric = elsewhere[0]
        here = [other.title for other in metrics() if task in other.tasks]
        yield f"{metric.title} is not a metric of {task}: {did_you_mean(metric.title, here)}"
    yield from _level_objections(measure, task)
    if measure.per_day and not metric.per_day:
        daily = ", ".join(other.title for other in metrics() if other.per_day)
        yield f"{metric.title} is not counted per day: only {daily} are"
    if measure.of is not None:
        yield from _unit_objections(measure, metric)
    if measure.for_class is not None and not metric.classes:
        yield f"{metric.title} is about all classes at once: leave `for {measure.for_class}` out"
    elif None not in (measure.for_class, classes) and measure.for_class not in (classes or ()):
        near = did_you_mean(measure.for_class or "", classes or ())
        yield f"{measure.for_class!r} is not a class of the label: {near}"
    if ranks and metric.better == "zero":
        yield f"{metric.title} does not say which of two models is better: name another metric"
    yield from _group_objections(measure, metric, columns)


def _level_objections(measure: Measure, task: TaskName) -> Iterator[str]:
    level = measure.level
    if measure.at is None or level is None:
        return
    if measure.at != "k" and not 0 < level <= 1:
        yield f"the {measure.at} must be above 0 and at most 1, not {level:g}"
    if measure.at == "k" and task is TaskName.RECOMMEND:
        if not (level >= 1 and level == int(level)):
            yield f"k must be a whole number of items, not {level:g}"
    elif measure.at == "k" and not (0 < level < 1 or (level >= 1 and level == int(level))):
        yield f"k must be a whole number, or a share of the cases below 1, not {level:g}"


def _unit_objections(measure: Measure, metric: Metric) -> Iterator[str]:
    if not metric.counts_units:
        counting = ", ".join(f"`{_written(other)}`" for other in metrics() if other.counts_units)
        yield f"{metric.title} is of cases: only {counting} counts what a column names"
    elif measure.level is not None and measure.level < 1:
        yield f"k must be a whole number of {measure.of}, not {measure.level:g}"
    if measure.by is not None:
        yield f"`of {measure.of}` and `by {measure.by}` do not go together: leave one out"


def _group_objections(
    measure: Measure, metric: Metric, columns: Sequence[str] | None
) -> Iterator[str]:
    if measure.by is None:
        if metric.by == "needed":
            yield f"{metric.title} compares groups: write `{metric.title} by COLUMN`"
        return
    if metric.by == "never":
        yield f"{metric.title} has no groups: leave `by {measure.by}` out"
    elif columns is not None and measure.by not in columns:
        yield f"{measure.by!r} is not a column of the table: {did_you_mean(measure.by, columns)}"


def _unknown(measure: Measure, task: TaskName) -> str:
    same_name = [m for m in metrics() if m.name == measure.name and task in m.tasks]
    if same_name:
        ways = ", ".join(f"`{_written(metric)}`" for metric in same_name)
        how = "without a level" if measure.at is None else f"at {measure.at}"
        return f"{measure.name} cannot be taken {how}: write {ways}"
    names = dict.fromkeys(m.name for m in metrics() if task in m.tasks)
    return f"{measure.name!r} is not a metric: {did_you_mean(measure.name, names, most=40)}"


def _written(metric: Metric) -> str:
    levels = {"precision": " at precision 0.9", "recall": " at recall 0.5", "k": " at 100"}
    return metric.name + ("" if metric.at is None else levels[metric.at])


@cache
def _by_title(task: TaskName) -> dict[tuple[str, str | None], Metric]:
    return {(metric.name, metric.at): metric for metric in metrics() if task in metric.tasks}
