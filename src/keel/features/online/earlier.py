"""What was known of events before they changed: streams beside those of what they are now.

A line of such a stream is an event as it was, with its arrival beside its key, and in the place of
the arrival the moment from when on something else was known of it. So the greatest of these, which
a long stream tells at its root, says for which rows the stream matters at all.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import msgspec
import numpy as np

from keel.backends.online import Stream
from keel.features.online.columns import read_columns
from keel.features.online.layout import Layout
from keel.features.online.line import ARRIVAL, CHANGED, KEY, TIME, VALUES, Line, read_lines
from keel.features.online.tree import Tree, is_long

NEVER = int(np.iinfo(np.int64).min)


def earlier_lines(
    layout: Layout, lines: Sequence[Line], entities: Sequence[Sequence[str | None]]
) -> list[tuple[str, Line]]:
    """The streams, and what they get, of an event that is known by its last line, and was by those
    before. lines: by their arrival. entities: of each line, for each kind of the layout."""
    found = []
    for (line, owners), (after, _) in pairwise(zip(lines, entities, strict=True)):
        # What changed when it came, nobody saw.
        if line[ARRIVAL] < after[ARRIVAL]:
            key = msgspec.json.encode([line[KEY], line[ARRIVAL]]).decode()
            said = [line[TIME], key, CHANGED, after[ARRIVAL], *line[VALUES:]]
            for kind, owner in zip(layout.entities, owners, strict=True):
                if owner is not None:
                    found.append((layout.earlier(kind, owner), said))
    return found


def read_earlier(line: Line) -> tuple[Any, int, Line]:
    """The key of the event, when this was first known of it, and the values of its readings."""
    key, arrival = msgspec.json.decode(line[KEY])
    return key, arrival, line[VALUES:]


def known_until(stream: Stream | None) -> int:
    """When the last of these was still known, in microseconds; `NEVER` if there is none."""
    if stream is None:
        return NEVER
    until = [line[ARRIVAL] for line in read_lines(stream.log)]
    if is_long(stream):
        until.append(int(Tree.of(stream).root.arrival.max()))
    elif stream.data:
        until.append(int(read_columns(stream.data).arrival.max(initial=NEVER)))
    return max(until, default=NEVER)
