"""The seam of online features: events by key, and streams of what entities did, read at once."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol


class Node(NamedTuple):
    """A piece of a stream that is too long for one row. Nodes of a level lie in the order of
    their names, compared byte by byte."""

    level: int
    name: str


class Span(NamedTuple):
    """The nodes of a level whose names lie from one to another, these included."""

    level: int
    begin: str
    end: str


@dataclass(frozen=True)
class Ask:
    """A stream, and where in it to look: for each place and each of the levels, the last node whose
    name is not greater than the place comes along, if there are nodes at all. spans: more of
    them."""

    stream: str
    places: Sequence[str] = ()
    levels: Sequence[int] = ()
    spans: Sequence[Span] = ()


@dataclass(frozen=True)
class Stream:
    """data: what was folded last, empty if nothing was. log: what was appended since, and how
    many lines it has. folds: how often it was folded. nodes: those that were asked for."""

    data: bytes
    log: bytes
    lines: int
    folds: int
    nodes: Mapping[Node, bytes] = field(default_factory=dict)


@dataclass(frozen=True)
class Held:
    """events: the values of those that are there. streams: in the order in which they were asked
    for; None for one that nothing was written to."""

    events: Mapping[str, bytes]
    streams: Sequence[Stream | None]


@dataclass(frozen=True)
class Fold:
    """A stream's new data, in the place of its old data and the first `size` bytes of its log,
    which are `lines` lines. It is done only if the stream was folded `folds` times before: lines
    appended meanwhile stay. nodes: written with it."""

    folds: int
    size: int
    lines: int
    data: bytes
    nodes: Mapping[Node, bytes] = field(default_factory=dict)


@dataclass(frozen=True)
class Change:
    """What is written at once, or not at all.

    added: events that must not be there. replaced: events that must be there with the first value,
    and get the second. appended: lines for streams, and how many. folded: streams that shrink.
    Every change adds, replaces or folds something: done twice, it is refused.
    """

    added: Sequence[tuple[str, bytes]] = ()
    replaced: Mapping[str, tuple[bytes, bytes]] = field(default_factory=dict)
    appended: Mapping[str, tuple[int, bytes]] = field(default_factory=dict)
    folded: Mapping[str, Fold] = field(default_factory=dict)


class OnlineStore(Protocol):
    """Where the state of online features is kept, apart for each scope.

    Any number of processes and threads may call these at once; no reader waits for a writer. What
    was written is there when `write` returns, and stays though every process is killed. All raise
    EnvironmentFailure when the store is full, read-only or away.
    """

    def read(self, scope: str, events: Sequence[str] = (), asks: Sequence[Ask] = ()) -> Held:
        """Events and streams, all as of one moment, in one round trip."""
        ...

    def write(self, scope: str, change: Change) -> dict[str, int] | None:
        """How many lines the log of each stream now has that was appended to. None, and nothing is
        written, when an event or a stream is not as the change expects it."""
        ...

    def every_event(self, scope: str) -> Iterator[tuple[str, bytes]]:
        """All events of a scope, in no order; what is written meanwhile may be among them."""
        ...

    def mark(self, scope: str) -> None:
        """Say that all of the scope's history is in; it is remembered."""
        ...

    def is_marked(self, scope: str) -> bool:
        """Whether that was said."""
        ...

    def clear(self, scope: str) -> None:
        """Forget all of a scope."""
        ...

    def close(self) -> None:
        """Let go of files and connections; the next call opens them again."""
        ...
