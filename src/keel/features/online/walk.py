"""What lies in the windows of a row on a long stream: whole groups, whole blocks, and events."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from keel.features.online.columns import Columns, pack, unpack
from keel.features.online.layout import Layout
from keel.features.online.line import Line, settle
from keel.features.online.parts import Parts, join, single
from keel.features.online.place import before
from keel.features.online.sketch import Sketch
from keel.features.online.tree import Tree, gathered, places


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
        self._sketches: dict[str, Sketch] = {}
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
                    opened |= self._each(stretch, opened, now)
            if self._sketches:
                root = replace(root, sketches=[self._sketches.get(name) for name in root.names])
            for number, whole in _range(root, opened, first, last, now):
                if whole is not None:
                    found.append(whole)
                    continue
                with missing:
                    group = self._tree.group(root.names[number])
                    inside = {place for place in opened if root.find(place) == number}
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

    def _each(self, stretch: Stretch, opened: set[str], now: int) -> set[str]:
        """Blocks of the groups that no sketch can answer for; of the others the sketch is read."""
        if not stretch.each:
            return set()
        root = self._tree.root
        begin, end = _ends(stretch)
        apart = {root.find(place) for place in opened} | {len(root) - 1}
        needed: set[str] = set()
        with gathered() as missing:
            for number in range(root.find(begin), root.find(end) + 1):
                name = root.names[number]
                with missing:
                    if number in apart or root.arrival[number] > now:
                        group = self._tree.group(name)
                        needed |= set(group.names[group.find(begin) : group.find(end) + 1])
                    elif name not in self._sketches:
                        self._sketches[name] = self._tree.sketch(name)
        return needed

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
    single = {parts.find(place) for place in opened}
    single |= set((np.flatnonzero(parts.arrival[first : last + 1] > now) + first).tolist())
    found: list[tuple[int, Parts | None]] = []
    for number in [*sorted(n for n in single if first <= n <= last), last + 1]:
        if first < number:
            found.append((first, _filled(parts.take(first, number))))
        if number <= last:
            found.append((number, None))
        first = number + 1
    return found


def _filled(parts: Parts) -> Parts:
    """Those that have events."""
    if parts.events.all():
        return parts
    held = np.flatnonzero(parts.events).tolist()
    return join([parts.take(n, n + 1) for n in held] or [parts.take(0, 0)])
