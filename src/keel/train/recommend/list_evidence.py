"""Lists that were answered, beside what was right, as evidence."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from keel.data.events import Events
from keel.data.histories import NOTHING, Histories
from keel.data.interactions import Codes
from keel.data.split import Rows
from keel.metrics.evidence import Evidence, Floats
from keel.metrics.shelf import Shelf
from keel.spec.kinds import TaskName
from keel.train.recommend.asked import Asked
from keel.train.recommend.content import Content

MOST_HISTORY = 200
"""Items of a history, the latest, that a list is compared with."""


def list_evidence(
    events: Events,
    fitted: Rows,
    asked: Asked,
    lists: Codes,
    protocol: str,
    *,
    content: Content | None = None,
    predicted: Floats | None = None,
    groups: Mapping[str, NDArray[np.str_]] | None = None,
    version: str | None = None,
) -> Evidence:
    """Case i is user i of `asked`. fitted: events that the model learned from. predicted: [n, m]
    values foretold for the items that were right."""
    labels = None if content is None or not content.label_names else content.labels
    shelf = Shelf(
        events.interactions.take(fitted).item_counts(),
        len(np.unique(events.interactions.user[fitted])),
        labels,
        _recent(asked.seen),
        predicted,
        None if predicted is None else asked.rated,
    )
    return Evidence(
        TaskName.RECOMMEND,
        lists,  # type: ignore[arg-type]
        asked.right,
        protocol,
        groups={} if groups is None else groups,
        id=events.users.gather(asked.user).to_numpy().astype(np.str_),
        version=version,
        shelf=shelf,
    )


def _recent(histories: Histories) -> Codes:
    """[n, h] the latest items of each history, padded at the end."""
    items, _ = histories.padded()
    if items.shape[1] <= MOST_HISTORY:
        return items
    starts = np.maximum(histories.lengths - MOST_HISTORY, 0)
    places = starts[:, None] + np.arange(MOST_HISTORY)
    inside = places < histories.lengths[:, None]
    taken = np.take_along_axis(items, np.minimum(places, items.shape[1] - 1), axis=1)
    return np.where(inside, taken, NOTHING)
