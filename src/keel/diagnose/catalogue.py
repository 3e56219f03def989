"""The steps of a diagnosis and the checks of each, in the order in which they are told."""

from collections.abc import Callable

from keel.diagnose.checks import (
    challenger,
    concentration,
    duplicates,
    freshness,
    identity,
    item_table,
    known,
    label_sense,
    labels,
    liked,
    neighbours,
    reasons,
    recipe,
    same_items,
    seen,
    shift,
    time_zone,
)
from keel.diagnose.context import Context
from keel.diagnose.look import Look

Check = Callable[[Context], Look]
"""The seam of checks: `look(context)`, in a file of its own in `checks/`."""

STEPS: tuple[tuple[str, tuple[Check, ...]], ...] = (
    (
        "events: are they fresh and whole?",
        (freshness.look, duplicates.look, time_zone.look, identity.look),
    ),
    ("what is known of user and items", (known.look, item_table.look)),
    (
        "which model answered, and why each item is there",
        (recipe.look, liked.look, seen.look, reasons.look),
    ),
    ("popularity and feedback", (concentration.look,)),
    ("neighbourhoods", (neighbours.look,)),
    ("duplicate and mislabelled items", (same_items.look, labels.look, label_sense.look)),
    ("change since training", (shift.look,)),
    ("what a challenger would have shown", (challenger.look,)),
)
