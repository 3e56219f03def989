"""What gives away which items will be used."""

import numpy as np
from scipy.stats import rankdata

from keel.data.events import Events
from keel.data.split import Split
from keel.evaluate.leakage.finding import Finding, Severity
from keel.metrics.evidence import Floats
from keel.spec.kinds import Kind

TELLS = 0.7
"""Partial rank correlation with what came later, given what came before, that no honest column of
items is expected to have."""

FEWEST_ITEMS = 30


def find_event_leaks(events: Events, split: Split) -> tuple[Finding, ...]:
    """Columns of items that were counted after the fact, and events cut at random although they
    have times; the gravest first."""
    return (*_counted(events, split), *_cut_at_random(events, split))


def _counted(events: Events, split: Split) -> list[Finding]:
    known = events.of_items
    if known is None:
        return []
    before = events.interactions.take(split.train).item_counts().astype(np.float64)
    later = events.interactions.take(split.test).item_counts().astype(np.float64)
    found = []
    for column in known.columns:
        if column.kind is not Kind.NUMBER:
            continue
        value = known.frame[column.name].fill_null(np.nan).to_numpy().astype(np.float64)
        there = np.isfinite(value) & (before + later > 0)
        if there.sum() < FEWEST_ITEMS:
            continue
        tells = partial_rank_correlation(value[there], later[there], before[there])
        if abs(tells) >= TELLS:
            found.append(
                Finding(
                    "counted afterwards",
                    (column.name,),
                    Severity.SUSPECT,
                    f"given how often each item was used before the cut, {column.name} still tells "
                    f"how often it was used after it: partial rank correlation {tells:.2f}",
                    "a count or a mean over all events holds what the model is to foretell",
                    f"leave {column.name} out of the table of items, or count it before the cut",
                )
            )
    return found


def _cut_at_random(events: Events, split: Split) -> list[Finding]:
    time = events.interactions.time
    if split.by != "random" or time is None:
        return []
    earlier = float((time[split.test] < time[split.train].max()).mean())
    return [
        Finding(
            "later events",
            (),
            Severity.NOTE,
            f"{earlier:.0%} of the test events happened before the last one that the model learned "
            "from",
            "a split at random lets a model learn from what came after the events it is judged by; "
            "figures are higher than what a user will see",
            "write `split: {by: time}` for the figure of a model in use",
        )
    ]


def partial_rank_correlation(x: Floats, y: Floats, given: Floats) -> float:
    """Spearman's correlation of x and y without what `given` explains of both; 0 where one of them
    does not vary beside it.

    >>> z = np.arange(9.0)
    >>> round(partial_rank_correlation(z % 3, z % 3, z), 2)
    1.0
    """
    a, b, c = (rankdata(values) for values in (x, y, given))
    base = np.column_stack([np.ones(len(c)), c])
    rest = [values - base @ np.linalg.lstsq(base, values, rcond=None)[0] for values in (a, b)]
    size = float(np.sqrt((rest[0] ** 2).sum() * (rest[1] ** 2).sum()))
    return float(rest[0] @ rest[1] / size) if size > 1e-9 else 0.0
