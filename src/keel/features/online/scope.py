"""Whose online state is whose: that of one system, for tables that are read alike."""

import hashlib
from collections.abc import Mapping

import polars as pl

from keel.backends.online import OnlineStore
from keel.errors import NotReady
from keel.features.events import Rows
from keel.features.find import Find, FindFor
from keel.features.online.online_features import OnlineFeatures
from keel.features.plan import FeaturePlan


def online_features(store: OnlineStore, system: str, plan: FeaturePlan) -> OnlineFeatures:
    """The state from which the figures of `plan` are found: another one when a table's key, time,
    entities or columns are read otherwise."""
    tables = {figure.reading.table: plan.tables[figure.reading.table] for figure in plan.figures}
    parts = [
        (t.name, t.key, t.time, t.arrived, sorted(t.entities.items()), t.of, sorted(t.positive))
        for t in tables.values()
    ]
    kinds = [
        (table.name, c.name, c.kind.value, c.form)
        for table in tables.values()
        for c in table.columns
    ]
    said = hashlib.sha256(repr((sorted(parts, key=repr), sorted(kinds, key=repr))).encode())
    revised = [table.name for table in tables.values() if table.arrived is not None]
    scope = f"{system}/{said.hexdigest()[:12]}"
    return OnlineFeatures(store, scope, plan.figures, revised=revised)


def in_online(store: OnlineStore, system: str) -> FindFor:
    """Figures of what has arrived in `store`.

    Finding raises NotReady until the history of the features has been filled in.
    """

    def prepare(plan: FeaturePlan) -> Find:
        online = online_features(store, system, plan)
        ready = False

        def find(rows: Rows) -> Mapping[str, pl.Series]:
            nonlocal ready
            ready = ready or online.ready
            if not ready:
                raise NotReady(
                    f"the events that features of {system} are taken from are not in the online "
                    "store: `keel run` fills it; is KEEL_ONLINE the one that it filled?"
                )
            return online.figures(rows)

        return find

    return prepare
