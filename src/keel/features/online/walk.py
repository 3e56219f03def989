"""What lies in the windows of a row on a long stream: whole groups, whole blocks, and events."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from keel.backends.online import Node
from keel.features.online.columns import Columns, pack, unpack
from keel.features.online.layout import Layout
from keel.features.online.line import Line, settle
from keel.features.online.parts import Parts, join, single
from keel.features.online.place import before
from keel.features.online.sketch import Sketch
from keel.features.online.tree import BLOCK_SKETCH, GROUP_SKETCH, Tree, gathered, places


@dataclass(frozen=True)
class Stretch:
    """What a window needs: before the events of the time `begin` (None: from the very first) up to
    before those of `end`. last: of which reading how many of the last known values each for
    itself. each: whether it matters how often values occur."""

    begin: int | None
    end: int
    last: tuple[int, int] | None = None
    each: bool = False


class Walk:
    """Walks through a tree. lines: those of its log, as they were appended."""

    def __init__(self, tree: Tree, lines: Sequence[Line], layout: Layout) -> None:
        self._tree = tree
        self._layout = layout
        self._lines: dict[str, list[Line]] = defaultdict(list)
        self._single: dict[str, Parts] = {}
        self._sketches: dict[Node, Sketch] = {}
        with gathered() as missing:
            for place, line in zip(places(lines), lines, strict=True):
                with missing:
                    group, block = tree.at(place)
                    self._lines[tree.group(tree.root.names[group]).names[block]].append(line)

    def parts(self, stretches: Sequence[Stretch], now: int) -> Parts:
        """All that the windows hold, in order: none begins or ends within a part, and all events
        of a part that is more than one had arrived. Raises Missing."""
        root = self._tree.root
        begins = [before(s.begin) for s in stretches if s.begin is not None]
        ends = [before(stretch.end) for stretch in stretches]
        first = min(begins) if len(begins) == len(ends) else ""
        last = max(ends)
        found: list[Parts] = []
        with gathered() as missing:
            opened = {*begins, *ends, *self._lines}
            for stretch in stretches:
                with missing:
                    opened |= self._last(stretch)
            for stretch in stretches:
                with missing:
                    self._each(stretch, opened, now)
            root = self._sketched(root, GROUP_SKETCH)
            for number, whole in _range(root, opened, first, last, now):
                if whole is not None:
                    found.append(whole)
                    continue
                with missing:
                    group = self._sketched(self._tree.group(root.names[number]), BLOCK_SKETCH)
                    inside = _inside(root, opened, number)
                    for block, part in _range(group, inside, first, last, now):
                        with missing:
                            found.append(self._events(group.names[block]) if part is None else part)
        return join(found)

    def _last(self, stretch: Stretch) -> set[str]:
        """Blocks that hold the last known values."""
        if stretch.last is None:
            return set()
        root = self._tree.root
        begin, end = _ends(stretch)
        reading, wanted = stretch.last
        needed: set[str] = set()
        for number in range(root.find(end), root.find(begin) - 1, -1):
            group = self._tree.group(root.names[number])
            for block in range(group.find(end), group.find(begin) - 1, -1):
                if wanted == 0:
                    return needed
                needed.add(group.names[block])
                # Of the last block only a part is in the window: it may not count.
                if group.names[block] != group.names[group.find(end)]:
                    wanted = max(wanted - int(group.count[block, reading]), 0)
        return needed

    def _each(self, stretch: Stretch, opened: set[str], now: int) -> None:
        """Reads how often values occur in the groups and blocks that are taken whole."""
        if not stretch.each:
            return
        root = self._tree.root
        begin, end = _ends(stretch)
        first, last = root.find(begin), root.find(end)
        apart = _apart(root, opened, first, last, now)
        whole = [root.names[number] for number in range(first, last + 1) if number not in apart]
        wanted = {Node(GROUP_SKETCH, name) for name in whole}
        with gathered() as missing:
            for number in apart:
                with missing:
                    group = self._tree.group(root.names[number])
                    start, stop = group.find(begin), group.find(end)
                    split = _apart(group, _inside(root, opened, number), start, stop, now)
                    whole = [group.names[n] for n in range(start, stop + 1) if n not in split]
                    wanted |= {Node(BLOCK_SKETCH, name) for name in whole}
            with missing:
                self._sketches |= self._tree.sketches(wanted - self._sketches.keys())

    def _sketched(self, parts: Parts, level: int) -> Parts:
        found = [self._sketches.get(Node(level, name)) for name in parts.names]
        return replace(parts, sketches=found) if any(made is not None for made in found) else parts

    def _events(self, name: str) -> Parts:
        if name not in self._single:
            block = self._tree.block(name)
            if name in self._lines:
                block = self._merged(block, self._lines[name])
            self._single[name] = single(block)
        return self._single[name]

    def _merged(self, block: Columns, lines: Sequence[Line]) -> Columns:
        return pack(settle([*unpack(block), *lines]), self._layout)


def _ends(stretch: Stretch) -> tuple[str, str]:
    return "" if stretch.begin is None else before(stretch.begin), before(stretch.end)


def _range(
    parts: Parts, opened: Iterable[str], begin: str, end: str, now: int
) -> list[tuple[int, Parts | None]]:
    """Parts from one place to another: those that are taken whole together, others by number."""
    first, last = parts.find(begin), parts.find(end)
    found: list[tuple[int, Parts | None]] = []
    for number in [*sorted(_apart(parts, opened, first, last, now)), last + 1]:
        if first < number:
            found.append((first, _filled(parts.take(first, number))))
        if number <= last:
            found.append((number, None))
        first = number + 1
    return found


def _apart(parts: Parts, opened: Iterable[str], first: int, last: int, now: int) -> set[int]:
    """Which parts from `first` to `last` cannot be taken whole."""
    apart = {number for place in opened if first <= (number := parts.find(place)) <= last}
    return apart | set((np.flatnonzero(parts.arrival[first : last + 1] > now) + first).tolist())


def _inside(root: Parts, opened: Iterable[str], number: int) -> set[str]:
    """The places that lie in one group."""
    return {place for place in opened if root.find(place) == number}


def _filled(parts: Parts) -> Parts:
    """Those that have events."""
    if parts.events.all():
        return parts
    held = np.flatnonzero(parts.events).tolist()
    return join([parts.take(n, n + 1) for n in held] or [parts.take(0, 0)])
