"""What is known of items beside who used them."""

from functools import cached_property

import numpy as np
import polars as pl

from keel.data.interactions import Codes
from keel.diagnose.event_facts import EventFacts
from keel.diagnose.item_labels import ItemLabels, label_column, read_labels
from keel.diagnose.situation import Situation

MOST_COMMON = 1500


class ItemFacts:
    """Labels and titles of the catalogue."""

    def __init__(self, situation: Situation, events: EventFacts) -> None:
        self._situation = situation
        self._events = events

    @property
    def table(self) -> pl.DataFrame | None:
        """The table of today, else of training; None where there is neither."""
        today = self._situation.items_now
        return self._situation.items_then if today is None else today

    @cached_property
    def labels(self) -> ItemLabels | None:
        """Labels of the catalogue's items as the table says, if it does."""
        return read_labels(self.table, self._events.items[: self._events.catalogue])

    @cached_property
    def labels_then(self) -> ItemLabels | None:
        """The same as the table said at training."""
        then = self._situation.items_then
        return read_labels(then, self._events.items[: self._events.catalogue])

    @cached_property
    def title(self) -> str | None:
        """The column that tells items apart best; None where the table has no text but labels."""
        table = self.table
        if table is None:
            return None
        labels = label_column(table)
        texts = [c for c in table.columns[1:] if table[c].dtype == pl.String and c != labels]
        return max(texts, key=lambda name: table[name].n_unique(), default=None)

    def name(self, item: int) -> str:
        """An item as a person knows it: its title, if the table has one, and its id."""
        identity = self._events.items[item]
        title = self._titles.get(identity)
        return identity if title is None else f"{title} ({identity})"

    @cached_property
    def counts(self) -> Codes:
        """[catalogue] how many events of training each item has."""
        return self._events.learned.item_counts()

    @cached_property
    def common(self) -> Codes:
        """Codes of the items most used, the most used first."""
        most = np.argsort(-self.counts, kind="stable")[:MOST_COMMON]
        return most[self.counts[most] > 0]

    @cached_property
    def _titles(self) -> dict[str, str]:
        table, title = self.table, self.title
        if table is None or title is None:
            return {}
        return dict(table.select(table.columns[0], title).drop_nulls().iter_rows())
