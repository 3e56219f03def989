"""All states that take in the events of a system: what answers now, and what is being filled."""

from collections.abc import Iterator, Sequence
from datetime import datetime

import msgspec

from keel.backends.online import Change, OnlineStore
from keel.features.online.scope import online_features
from keel.serve.feed import Feed, Row, Taken
from keel.train.export.feature_plan import read_plan
from keel.train.export.signature import Signature, read_signature


def feed_of(store: OnlineStore, system: str, signature: Signature) -> Feed:
    """Takes events into the state of one version's features."""
    plan = read_plan(signature)
    return Feed(plan, online_features(store, system, plan), frozenset(signature.missing))


class _Announced(msgspec.Struct, frozen=True):
    at: datetime
    signature: msgspec.Raw


_DECODER = msgspec.json.Decoder(_Announced)


def announce(store: OnlineStore, system: str, signature: Signature, now: datetime) -> None:
    """Let every process that takes events of `system` take them into this state too, from now on.

    So a new definition misses nothing of what comes in while its history is filled in.
    """
    scope = feed_of(store, system, signature).scope
    value = msgspec.json.encode(_Announced(now, msgspec.Raw(signature.to_json())))
    # Somebody else may say so meanwhile: then nothing is written.
    _say(store, system, scope, value)


def announced(store: OnlineStore, system: str) -> dict[str, datetime]:
    """The scopes of all states that events of `system` are taken into, and when each was announced
    last."""
    return {scope: _DECODER.decode(value).at for scope, value in _announcements(store, system)}


def withdraw(store: OnlineStore, system: str, scope: str) -> None:
    """Take no more events into this state, but for those of a version that has it as its own."""
    _say(store, system, scope, b"")


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
        for scope, value in _announcements(self._store, self._system):
            if scope == self._own.scope:
                continue
            if scope not in self._others:
                signature = read_signature(bytes(_DECODER.decode(value).signature))
                self._others[scope] = feed_of(self._store, self._system, signature)
            other = self._others[scope]
            if (table or other.first) in other.tables:
                other.take(table, rows, now)
        return taken


def _announcements(store: OnlineStore, system: str) -> Iterator[tuple[str, bytes]]:
    # What was withdrawn is empty.
    return ((scope, value) for scope, value in store.every_event(_name(system)) if value)


def _say(store: OnlineStore, system: str, scope: str, value: bytes) -> None:
    said = store.read(_name(system), [scope]).events.get(scope)
    if said is None:
        store.write(_name(system), Change(added=[(scope, value)]))
    elif said != value:
        store.write(_name(system), Change(replaced={scope: (said, value)}))


def _name(system: str) -> str:
    return f"states of {system}"
