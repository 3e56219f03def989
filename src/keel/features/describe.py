"""A feature in words: what it is, where it comes from, and how fresh it can be."""

from datetime import timedelta

from keel.features.figure import AS_OF, SEVERAL, Figure
from keel.features.plan import Feature, FeaturePlan
from keel.spec.aggregate import find_aggregates
from keel.spec.duration import format_duration

_WORDS = {
    "count": "the number of",
    "sum": "the sum of",
    "mean": "the mean of",
    "min": "the least",
    "max": "the greatest",
    "std": "the standard deviation (of a sample) of",
    "var": "the variance (of a sample) of",
    "first": "the first",
    "last": "the last",
    "since_last": "the seconds since the last of",
    "distinct_count": "the number of different values of",
    "approx_distinct_count": "about the number of different values (within 1.6 %, mostly) of",
}


def describe_feature(feature: Feature) -> str:
    """One sentence."""
    column = feature.column
    alone = len(feature.figures) == 1 and _is_alone(feature.text, feature.figures[0])
    several = len(feature.figures) == 1 and feature.figures[0].name in SEVERAL
    if alone or several:
        return _figure(feature.figures[0])
    if feature.text.isidentifier():
        return f"the column {feature.text} of the row" if not feature.figures else feature.text
    if not feature.figures:
        return f"computed from the row: {feature.text}"
    parts = "; ".join(_figure(figure) for figure in feature.figures)
    return f"{column.name} = {feature.text}, where {parts}"


def lineage(feature: Feature, plan: FeaturePlan) -> tuple[str, ...]:
    """The columns it comes from, each as `table.column`."""
    figures = {name for figure in feature.figures for name in figure.columns}
    own = [name for name in feature.polars.meta.root_names() if name not in figures]
    first = next(iter(plan.tables), "")
    found = [f"{first}.{name}" if first else name for name in own]
    for figure in feature.figures:
        found += _read_by(figure, plan)
    return tuple(dict.fromkeys(found))


def freshness(feature: Feature) -> str:
    """How old what it knows must be at least."""
    if not feature.figures:
        return "of the row itself"
    delays = sorted({figure.delay_us for figure in feature.figures})
    if delays == [0]:
        return "up to the moment"
    oldest = format_duration(timedelta(microseconds=delays[-1]))
    return f"what was so {oldest} before" if len(delays) == 1 else f"up to {oldest} before"


def _is_alone(text: str, figure: Figure) -> bool:
    """Whether nothing is written around it. What is left out of it, such as a cap, is usual."""
    spans = [text[written.begin : written.end] for written in find_aggregates(text)]
    return text.strip() in (figure.text, *spans)


def _figure(figure: Figure) -> str:
    table = figure.reading.table
    if figure.name == AS_OF:
        return (
            f"{figure.reading.argument} of the {figure.entity} in {table}, as of the row's time"
            f"{_delay(figure)}"
        )
    read = figure.reading.argument or "events"
    words = _WORDS.get(figure.name) or _with_parameter(figure)
    where = f", where {figure.reading.where}" if figure.reading.where else ""
    window = "ever"
    if figure.window_us is not None:
        window = f"within {format_duration(timedelta(microseconds=figure.window_us))}"
    own = ", the row's own event included" if figure.including_self else ""
    of = f"{words} {read} in {table} of the same {figure.entity}{where}"
    return f"{of}, {window}{_delay(figure)}{own}"


def _with_parameter(figure: Figure) -> str:
    number = figure.parameter or 0
    return {
        "quantile": f"about the {number:g} quantile (within 1 %) of",
        "last_n": f"the last {number:g} values of",
        "top_k": f"the {number:g} most frequent values of",
    }[figure.name]


def _delay(figure: Figure) -> str:
    if not figure.delay_us:
        return ""
    return f", known {format_duration(timedelta(microseconds=figure.delay_us))} after it happened"


def _read_by(figure: Figure, plan: FeaturePlan) -> list[str]:
    from keel.features.find_figure import read_values

    table = plan.tables[figure.reading.table]
    names = [*read_values(figure.reading, table).meta.root_names(), table.entities[figure.entity]]
    names += [name for name in (table.time, table.arrived) if name is not None]
    return [f"{table.name}.{name}" for name in names]
