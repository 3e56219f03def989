"""All states that take in the events of a system: what answers now, and what is being filled."""

from collections.abc import Sequence
from datetime import datetime

from keel.backends.online import Change, OnlineStore
from keel.features.online.scope import online_features
from keel.serve.feed import Feed, Row, Taken
from keel.train.export.feature_plan import read_plan
from keel.train.export.signature import Signature, read_signature


def feed_of(store: OnlineStore, system: str, signature: Signature) -> Feed:
    """Takes events into the state of one version's features."""
    plan = read_plan(signature)
    return Feed(plan, online_features(store, system, plan), frozenset(signature.missing))


def announce(store: OnlineStore, system: str, signature: Signature) -> None:
    """Let every process that takes events of `system` take them into this state too, from now on.

    So a new definition misses nothing of what comes in while its history is filled in.
    """
    scope = feed_of(store, system, signature).scope
    name = _announced(system)
    if not store.read(name, [scope]).events:
        # Somebody else may have said so meanwhile: then nothing is written.
        store.write(name, Change(added=[(scope, signature.to_json())]))


class Feeds:
    """Takes events into every state that was announced, the version's own first."""

    def __init__(self, store: OnlineStore, system: str, signature: Signature) -> None:
        self._store = store
        self._system = system
        self._own = feed_of(store, system, signature)
        self._others: dict[str, Feed] = {}

    def take(self, table: str | None, rows: Sequence[Row], now: datetime) -> Taken:
        """See `Feed.take`; what is told is of the version that answers."""
        taken = self._own.take(table, rows, now)
        for scope, signature in self._store.every_event(_announced(self._system)):
            if scope == self._own.scope:
                continue
            if scope not in self._others:
                self._others[scope] = feed_of(self._store, self._system, read_signature(signature))
            other = self._others[scope]
            if (table or other.first) in other.tables:
                other.take(table, rows, now)
        return taken


def _announced(system: str) -> str:
    return f"states of {system}"
