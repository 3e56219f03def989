"""A long stream, in blocks of so many events and groups of so many blocks, each with its sums."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from dataclasses import dataclass, field

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
from keel.features.online.sketch import (
    Sketch,
    merge_sketches,
    objects,
    read_sketch,
    sketch,
    write_sketch,
)

BLOCK, GROUP, GROUP_SKETCH, BLOCK_SKETCH = range(4)
"""Levels of nodes. Each group but the last, and each block but the very last, has a sketch of its
own, if any figure needs one."""

BLOCK_SIZE = 256
GROUP_SIZE = 64
SKETCHED_SIZE = 16
"""Of groups with a sketch, without which all those of their blocks are read where a window ends in
them."""

ROOT = b"\xff" * 8
"""What the data of such a stream begins with; columns begin with how many events they are."""

END = "~"
"""A place after all others."""


class Missing(Exception):
    """Nodes are needed that did not come along: those at these places, and those of these names."""

    def __init__(self, places: Iterable[str], nodes: Iterable[Node] = ()) -> None:
        super().__init__()
        self.places = set(places)
        self.nodes = set(nodes)


class _Gathering:
    """Goes on where nodes are missing, and says at the end which ones."""

    def __init__(self) -> None:
        self.places: set[str] = set()
        self.nodes: set[Node] = set()

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, error: object, _trace: object) -> bool:
        if isinstance(error, Missing):
            self.places |= error.places
            self.nodes |= error.nodes
        return isinstance(error, Missing)


@contextmanager
def gathered() -> Iterator[_Gathering]:
    """Raises Missing once, with all that was missing within."""
    gathering = _Gathering()
    yield gathering
    if gathering.places or gathering.nodes:
        raise Missing(gathering.places, gathering.nodes)


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
        found = []
        with gathered() as missing:
            for group in self.root.names:
                with missing:
                    for block in self.group(group).names:
                        with missing:
                            found.append(self.block(block))
        return found

    def sketches(self, nodes: AbstractSet[Node]) -> dict[Node, Sketch]:
        """How often values occur in groups and blocks that are not the last ones. Raises
        Missing."""
        if absent := nodes - self.nodes.keys():
            raise Missing([], absent)
        return {node: read_sketch(self.nodes[node]) for node in nodes}

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


def grow(stream: Stream, columns: Columns, layout: Layout) -> Fold:
    """The nodes of a stream that had none. columns: all its events."""
    blocks = _blocks("", columns, even=False)
    merged = [merge(single(block), name) for name, block in blocks.items()]
    step = _group_size(layout)
    groups = [join(merged[begin : begin + step]) for begin in range(0, len(merged), step)]
    nodes = {Node(BLOCK, name): write_columns(block) for name, block in blocks.items()}
    nodes |= {Node(GROUP, group.names[0]): write_parts(group) for group in groups}
    if layout.sketched:
        made = {name: _sketch(layout, block) for name, block in list(blocks.items())[:-1]}
        nodes |= _sketch_nodes(made)
        for group in groups[:-1]:
            merged_sketch = merge_sketches([made[name] for name in group.names])
            nodes[Node(GROUP_SKETCH, group.names[0])] = write_sketch(merged_sketch)
    return _folded(stream, join([merge(group, group.names[0]) for group in groups]), nodes)


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
    sketches = _changed_sketches(tree, changed, layout)
    nodes |= _sketch_nodes(sketches)
    root: list[Parts] = []
    with gathered() as missing:
        for number, name in enumerate(tree.root.names):
            if number not in changed:
                root.append(tree.root.take(number, number + 1))
                continue
            last = number == len(tree.root) - 1
            parts = _with_changed(tree.group(name), changed[number])
            step = _step(len(parts), _group_size(layout), even=not last)
            groups = [join(parts[begin : begin + step]) for begin in range(0, len(parts), step)]
            root += [merge(made, made.names[0]) for made in groups]
            nodes |= {Node(GROUP, made.names[0]): write_parts(made) for made in groups}
            for done in groups[:-1] if last else groups:
                with missing:
                    if layout.sketched:
                        nodes[Node(GROUP_SKETCH, done.names[0])] = write_sketch(
                            _joined(tree, done.names, sketches)
                        )
    return _folded(stream, join(root), nodes)


def _changed_sketches(
    tree: Tree, changed: Mapping[int, Mapping[int, Mapping[str, Columns]]], layout: Layout
) -> dict[str, Sketch]:
    """Of each changed block but the very last."""
    if not layout.sketched:
        return {}
    end = len(tree.root) - 1
    found = {}
    for number, blocks in changed.items():
        for place, pieces in blocks.items():
            very_last = number == end and place == len(tree.group(tree.root.names[end])) - 1
            for name in list(pieces)[: -1 if very_last else None]:
                found[name] = _sketch(layout, pieces[name])
    return found


def _joined(tree: Tree, names: Iterable[str], changed: Mapping[str, Sketch]) -> Sketch:
    """How often values occur in the blocks of those names. Raises Missing."""
    held = tree.sketches({Node(BLOCK_SKETCH, name) for name in names if name not in changed})
    return merge_sketches([changed[name] for name in names if name in changed] + [*held.values()])


def _sketch_nodes(made: Mapping[str, Sketch]) -> dict[Node, bytes]:
    return {Node(BLOCK_SKETCH, name): write_sketch(each) for name, each in made.items()}


def _sketch(layout: Layout, block: Columns) -> Sketch:
    texts = [objects(told) for told in block.read_rest()[1]]
    return sketch(layout, [*block.numbers, *texts])


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
    keys = columns.read_rest()[0]
    found = {}
    step = _step(len(columns), BLOCK_SIZE, even=even)
    for begin in range(0, max(len(columns), 1), step):
        place = place_of(int(columns.time[begin]), keys[begin]) if begin else name
        found[place] = cut(columns, begin, begin + step) if step < len(columns) else columns
    return found


def _step(size: int, most: int, *, even: bool) -> int:
    pieces = -(-size // most)
    return -(-size // pieces) if even and pieces else most


def _group_size(layout: Layout) -> int:
    return min(GROUP_SIZE, SKETCHED_SIZE) if layout.sketched else GROUP_SIZE


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
