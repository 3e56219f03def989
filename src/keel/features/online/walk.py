"""What lies in the windows of a row on a long stream: whole groups, whole blocks, and events."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from keel.features.online.columns import Columns, pack, unpack
from keel.features.online.layout import Layout
from keel.features.online.line import Line, settle
from keel.features.online.parts import Parts, join, single
from keel.features.online.place import before
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
        with gathered() as missing:
            for place, line in zip(places(lines), lines, strict=True):
                with missing:
                    group, block = tree.at(place)
                    self._lines[tree.group(tree.root.names[group]).names[block]].append(line)

    def parts(self, stretches: Sequence[Stretch], now: int) -> Parts:
        """All that the windows hold, in order: none begins or ends within a part, and all events
        of a part that is more than one had arrived. Raises Missing."""
        tree, root = self._tree, self._tree.root
        begin, end = between(stretches)
        each = [stretch for stretch in stretches if stretch.each]
        counted = between(each) if each else None
        opened = {place for stretch in stretches for place in _ends(stretch) if place}
        opened.update(self._lines)
        found: list[Parts] = []
        with gathered() as missing:
            for stretch in stretches:
                with missing:
                    opened |= self._last(stretch)
            apart = _apart(root, opened, begin, end, now)
            with missing:
                root = _sketched(root, apart, counted, tree.group_sketches)
            for number, whole in _range(root, apart, begin, end):
                if whole is not None:
                    found.append(whole)
                    continue
                with missing:
                    inside = {place for place in opened if root.find(place) == number}
                    found += self._inside(root.names[number], inside, (begin, end), counted, now)
        return join(found)

    def _inside(
        self,
        name: str,
        opened: set[str],
        ends: tuple[str, str],
        counted: tuple[str, str] | None,
        now: int,
    ) -> list[Parts]:
        """Of a group."""
        group = self._tree.group(name)
        apart = _apart(group, opened, *ends, now)
        if counted is not None:
            sketches = dict(zip(group.names, self._tree.block_sketches(name), strict=False))
            group = _sketched(group, apart, counted, lambda names: [sketches[n] for n in names])
        found: list[Parts] = []
        with gathered() as missing:
            for block, whole in _range(group, apart, *ends):
                with missing:
                    found.append(self._events(group.names[block]) if whole is None else whole)
        return found

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

    def _events(self, name: str) -> Parts:
        if name not in self._single:
            block = self._tree.block(name)
            if name in self._lines:
                block = self._merged(block, self._lines[name])
            self._single[name] = single(block)
        return self._single[name]

    def _merged(self, block: Columns, lines: Sequence[Line]) -> Columns:
        return pack(settle([*unpack(block), *lines]), self._layout)


def between(stretches: Sequence[Stretch]) -> tuple[str, str]:
    """The places from which and up to which they go together."""
    begins, ends = zip(*map(_ends, stretches), strict=True)
    return min(begins), max(ends)


def _ends(stretch: Stretch) -> tuple[str, str]:
    return "" if stretch.begin is None else before(stretch.begin), before(stretch.end)


def _apart(parts: Parts, opened: Iterable[str], begin: str, end: str, now: int) -> set[int]:
    """Which parts from one place to another cannot be taken whole."""
    first, last = parts.find(begin), parts.find(end)
    apart = {number for place in opened if first <= (number := parts.find(place)) <= last}
    return apart | set((np.flatnonzero(parts.arrival[first : last + 1] > now) + first).tolist())


def _sketched(
    parts: Parts,
    apart: set[int],
    counted: tuple[str, str] | None,
    read: Callable[[list[str]], list[bytes]],
) -> Parts:
    """The parts with the sketches of those that are taken whole where values are counted."""
    if counted is None:
        return parts
    first, last = map(parts.find, counted)
    numbers = [number for number in range(first, last + 1) if number not in apart]
    sketches: list[bytes | None] = [None] * len(parts)
    for number, made in zip(numbers, read([parts.names[n] for n in numbers]), strict=True):
        sketches[number] = made
    return replace(parts, sketches=sketches)


def _range(parts: Parts, apart: set[int], begin: str, end: str) -> list[tuple[int, Parts | None]]:
    """Parts from one place to another: those that are taken whole together, others by number."""
    first, last = parts.find(begin), parts.find(end)
    found: list[tuple[int, Parts | None]] = []
    for number in [*sorted(apart), last + 1]:
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
