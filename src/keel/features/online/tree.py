"""A long stream, in blocks of so many events and groups of so many blocks, each with its sums."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import msgspec

from keel.backends.online import Fold, Node, Stream
from keel.features.online.columns import (
    Columns,
    cut,
    join_columns,
    pack,
    read_columns,
    unpack,
    write_columns,
)
from keel.features.online.layout import Layout
from keel.features.online.line import ACT, KEY, NEW, TIME, Line, settle
from keel.features.online.parts import Parts, join, merge, read_parts, single, write_parts
from keel.features.online.place import place_of
from keel.features.online.sketch import merge_sketches, objects, sketch

BLOCK, GROUP, BLOCK_SKETCHES, GROUP_SKETCH = range(4)
"""Levels of nodes. Where a figure needs them there are, of each group, the sketches of its blocks,
but for the very last block of all, and, of each group but the last, its own."""

BLOCK_SIZE = 256
GROUP_SIZE = 32

ROOT = b"\xff" * 8
"""What the data of such a stream begins with; columns begin with how many events they are."""

END = "~"
"""A place after all others."""

_SKETCHES = msgspec.msgpack.Decoder(list[bytes])


class Missing(Exception):
    """Nodes are needed that did not come along: those at these places."""

    def __init__(self, places: Iterable[str]) -> None:
        super().__init__()
        self.places = set(places)


class _Gathering:
    """Goes on where nodes are missing, and says at the end which ones."""

    def __init__(self) -> None:
        self.places: set[str] = set()

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, error: object, _trace: object) -> bool:
        if isinstance(error, Missing):
            self.places |= error.places
        return isinstance(error, Missing)


@contextmanager
def gathered() -> Iterator[_Gathering]:
    """Raises Missing once, with all that was missing within."""
    gathering = _Gathering()
    yield gathering
    if gathering.places:
        raise Missing(gathering.places)


@dataclass(eq=False)
class Tree:
    """What came along of a stream; nodes are read once. The first block and the first group have
    the name "", so that every place lies in one of each."""

    root: Parts
    nodes: Mapping[Node, bytes]
    groups: dict[str, Parts] = field(default_factory=dict)
    blocks: dict[str, Columns] = field(default_factory=dict)

    @classmethod
    def of(cls, stream: Stream) -> "Tree":
        """Of a stream whose data begins with `ROOT`."""
        return cls(read_parts(stream.data[len(ROOT) :]), stream.nodes)

    def group(self, name: str) -> Parts:
        """The blocks of a group. Raises Missing."""
        if name not in self.groups:
            self.groups[name] = read_parts(self._node(GROUP, name))
        return self.groups[name]

    def block(self, name: str) -> Columns:
        """The events of a block. Raises Missing."""
        if name not in self.blocks:
            self.blocks[name] = read_columns(self._node(BLOCK, name))
        return self.blocks[name]

    def every_block(self) -> list[Columns]:
        """The events of all blocks, in order. Raises Missing."""
        groups = [self.group(name) for name in self.root.names]
        return [self.block(name) for group in groups for name in group.names]

    def group_sketches(self, names: Sequence[str]) -> list[bytes]:
        """How often values occur in groups that are not the last. Raises Missing."""
        found = [self.nodes.get(Node(GROUP_SKETCH, name)) for name in names]
        if None in found:
            raise Missing(name for name, made in zip(names, found, strict=True) if made is None)
        return [made for made in found if made is not None]

    def block_sketches(self, name: str) -> list[bytes]:
        """How often values occur in each block of a group, but in the very last of all. Raises
        Missing."""
        return _SKETCHES.decode(self._node(BLOCK_SKETCHES, name))

    def at(self, place: str) -> tuple[int, int]:
        """The number of the group and of its block in which a place lies. Raises Missing."""
        number = self.root.find(place)
        return number, self.group(self.root.names[number]).find(place)

    def _node(self, level: int, name: str) -> bytes:
        value = self.nodes.get(Node(level, name))
        if value is None:
            raise Missing([name])
        return value


def is_long(stream: Stream | None) -> bool:
    """Whether the stream is in nodes."""
    return stream is not None and stream.data.startswith(ROOT)


def levels(layout: Layout) -> tuple[int, ...]:
    """Of the nodes that are needed of each place."""
    return (BLOCK, GROUP, BLOCK_SKETCHES) if layout.sketched else (BLOCK, GROUP)


def grow(stream: Stream, columns: Columns, layout: Layout) -> Fold:
    """The nodes of a stream that had none. columns: all its events."""
    blocks = _blocks("", columns, even=False)
    merged = [merge(single(block), name) for name, block in blocks.items()]
    sketches = None
    if layout.sketched:
        sketches = [_sketch(layout, block) for block in list(blocks.values())[:-1]]
    groups, nodes = _grouped(merged, sketches, GROUP_SIZE, layout)
    nodes |= {Node(BLOCK, name): write_columns(block) for name, block in blocks.items()}
    return _folded(stream, join(groups), nodes)


def graft(stream: Stream, lines: list[Line], layout: Layout) -> Fold:
    """The log of a stream with nodes folded into them. Raises Missing."""
    tree = Tree.of(stream)
    touched: dict[tuple[int, int], list[Line]] = defaultdict(list)
    with gathered() as missing:
        for line in lines:
            with missing:
                touched[tree.at(place_of(line[TIME], line[KEY]))].append(line)
    nodes: dict[Node, bytes] = {}
    changed: dict[int, dict[int, dict[str, Columns]]] = defaultdict(dict)
    for (group, block), added in touched.items():
        name = tree.group(tree.root.names[group]).names[block]
        held, appended = _with(tree.block(name), added, layout)
        changed[group][block] = _blocks(name, held, even=not appended)
        nodes |= {Node(BLOCK, each): write_columns(b) for each, b in changed[group][block].items()}
    root: list[Parts] = []
    with gathered() as missing:
        for number in range(len(tree.root)):
            if number not in changed:
                root.append(tree.root.take(number, number + 1))
                continue
            with missing:
                groups, made = _regrouped(tree, number, changed[number], layout)
                root += groups
                nodes |= made
    return _folded(stream, join(root), nodes)


def _regrouped(
    tree: Tree, number: int, changed: Mapping[int, Mapping[str, Columns]], layout: Layout
) -> tuple[list[Parts], dict[Node, bytes]]:
    """The group, or those it is now, each as a part, and their nodes. Raises Missing."""
    name = tree.root.names[number]
    group = tree.group(name)
    is_last = number == len(tree.root) - 1
    parts = _with_changed(group, changed)
    sketches = None
    # What is appended to the very last block leaves all sketches as they were.
    if layout.sketched and not (is_last and len(parts) == len(group) == min(changed) + 1):
        held = tree.block_sketches(name)
        sketches = []
        for block in range(len(group)):
            if block in changed:
                sketches += [_sketch(layout, piece) for piece in changed[block].values()]
            else:
                sketches += held[block : block + 1]
        sketches = sketches[: len(parts) - is_last]
    step = _step(len(parts), GROUP_SIZE, even=not is_last)
    return _grouped(parts, sketches, step, layout)


def _grouped(
    blocks: Sequence[Parts], sketches: Sequence[bytes] | None, step: int, layout: Layout
) -> tuple[list[Parts], dict[Node, bytes]]:
    """Blocks in groups of up to `step`, each as a part, and the nodes of these. sketches: of the
    blocks, but for the very last of all; None where they stay as they are."""
    groups: list[Parts] = []
    nodes: dict[Node, bytes] = {}
    for begin in range(0, len(blocks), step):
        group = join(blocks[begin : begin + step])
        name = group.names[0]
        groups.append(merge(group, name))
        nodes[Node(GROUP, name)] = write_parts(group)
        if sketches is not None:
            of_blocks = sketches[begin : begin + step]
            nodes[Node(BLOCK_SKETCHES, name)] = msgspec.msgpack.encode(of_blocks)
            if begin + step < len(blocks) or len(sketches) == len(blocks):
                nodes[Node(GROUP_SKETCH, name)] = merge_sketches(layout, of_blocks)
    return groups, nodes


def _sketch(layout: Layout, block: Columns) -> bytes:
    return sketch(layout, [*block.numbers, *(objects(told) for told in block.read_texts())])


def places(lines: Iterable[Line]) -> list[str]:
    """Where lines lie."""
    return [place_of(line[TIME], line[KEY]) for line in lines]


def _with(block: Columns, lines: list[Line], layout: Layout) -> tuple[Columns, bool]:
    """The block with these lines, and whether all came after what it had."""
    ordered = sorted(lines, key=lambda line: place_of(line[TIME], line[KEY]))
    simple = all(line[ACT] == NEW for line in lines)
    if simple and (not len(block) or block.time[-1] < ordered[0][TIME]):
        return join_columns(block, pack(ordered, layout)), True
    return pack(settle([*unpack(block), *lines]), layout), False


def _blocks(name: str, columns: Columns, *, even: bool) -> dict[str, Columns]:
    """One block called `name`, or several where they are too many events for one: full ones where
    time goes on, else even ones, with room for more."""
    keys = columns.read_keys()
    found = {}
    step = _step(len(columns), BLOCK_SIZE, even=even)
    for begin in range(0, max(len(columns), 1), step):
        place = place_of(int(columns.time[begin]), keys[begin]) if begin else name
        found[place] = cut(columns, begin, begin + step) if step < len(columns) else columns
    return found


def _step(size: int, most: int, *, even: bool) -> int:
    pieces = -(-size // most)
    return -(-size // pieces) if even and pieces else most


def _with_changed(group: Parts, changed: Mapping[int, Mapping[str, Columns]]) -> list[Parts]:
    parts: list[Parts] = []
    for number in range(len(group)):
        if number in changed:
            parts += [merge(single(block), name) for name, block in changed[number].items()]
        else:
            parts.append(group.take(number, number + 1))
    return parts


def _folded(stream: Stream, root: Parts, nodes: Mapping[Node, bytes]) -> Fold:
    data = ROOT + write_parts(root)
    return Fold(stream.folds, len(stream.log), stream.lines, data, nodes)
