"""Dropping what is kept online for definitions of features that nothing asks for any more."""

from collections.abc import Iterator
from datetime import timedelta

from keel.backends.online import Change
from keel.clock import Clock
from keel.database import reading
from keel.errors import KeelError, NotFound, NotReady
from keel.features.online.scope import online_features
from keel.registry.aliases import CHALLENGER, reigns_of
from keel.registry.artifact import read_artifact
from keel.registry.find import LATEST, find
from keel.registry.version import Version
from keel.releases.find_release import in_flight
from keel.serve.feeds import announced, withdraw
from keel.store import Store
from keel.train.export.exported import read_exported
from keel.train.export.feature_plan import read_plan
from keel.walk.features.fill import history_of

MOST_BACK = 3
"""Rollbacks in a row for which all stays: every event is taken into each state that is kept."""

GRACE = timedelta(days=1)
"""A state that was filled later may be that of a version which is not registered yet."""


def sweep_states(system: str, store: Store, clock: Clock) -> int:
    """Drop the online states of former definitions of `system`; how many there were.

    Kept are those of its latest version, its challenger and champion, of those that `MOST_BACK`
    rollbacks come to and of a release in flight, and what was filled less than a day ago. Nobody
    can go back to a version whose state is gone (`require_state`) until its definition is run
    again.
    """
    states = announced(store.online, system)
    old = {scope for scope, at in states.items() if at < clock() - GRACE}
    if old:
        old -= set(_needed(system, store))
    for scope in old:
        _drop(system, scope, store)
    return len(old)


def _needed(system: str, store: Store) -> Iterator[str]:
    """The scopes of versions that answer or may be asked to."""
    for digest in {version.digest for version in _versions(system, store)}:
        try:
            signature = read_exported(read_artifact(store.blobs, digest)).signature
        except KeelError:
            # It cannot answer any more.
            continue
        if signature.tables:
            yield online_features(store.online, system, read_plan(signature)).scope


def _versions(system: str, store: Store) -> Iterator[Version]:
    release = in_flight(store.engine, system)
    numbers = [] if release is None else [arm.number for arm in release.arms]
    with reading(store.engine) as connection:
        numbers += [reign.number for reign in reigns_of(connection, system, MOST_BACK)]
    for which in (CHALLENGER, LATEST, *numbers):
        try:
            yield find(store.engine, f"{system}@{which}")
        except (NotFound, NotReady):
            continue


def _drop(system: str, scope: str, store: Store) -> None:
    # Withdrawn last: if this dies before, the next sweep does it again. That history was in it is
    # forgotten first, so that whoever comes back to this definition fills it anew.
    history = history_of(system)
    marks = {
        name: (said, b"")
        for name, said in store.online.every_event(history)
        if said and name.startswith(f"{scope} ")
    }
    if marks:
        store.online.write(history, Change(replaced=marks))
    store.online.clear(scope)
    withdraw(store.online, system, scope)
