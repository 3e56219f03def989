"""How often each value occurs in long stretches of a stream, for figures that need to know."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, count
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from keel.features.online.layout import BUCKETS, DISTINCT, REGISTERS, Layout
from keel.features.sketches.ddsketch import bucket_of
from keel.features.sketches.hyperloglog import index_and_rank
from keel.features.sketches.value_hash import hash_numbers, hash_texts

Values = NDArray[Any]
Codes = NDArray[np.int64]

SPARSE = 8
"""Of whole numbers up to so many are told apart for each that there is, rather than that they are
sorted."""

_STORED = {DISTINCT: "<f8", REGISTERS: "<u2", BUCKETS: "<i4"}
_WEIGHT = np.dtype("<u4")
_NONE: Values = np.array(None, object)


@dataclass(frozen=True, eq=False)
class Counted:
    """What n events or stretches have of values, of buckets or of registers. keys: [d] ascending,
    maybe of no entry. code: [e] of each entry its key. weight: [e] how many, or the rank. begin,
    size: [n] whose entries these are."""

    keys: Values
    code: Codes
    weight: Values
    begin: Codes
    size: Codes


def key_values(values: Values, which: int) -> tuple[Values, Values]:
    """[n] the key and the weight of each of n known values."""
    if which != REGISTERS:
        keys = values if which == DISTINCT else bucket_of(values.astype(np.float64))
        return keys, np.ones(len(values))
    if values.dtype == object:
        texts, (code,) = code_texts([values.tolist()])
        hashes = hash_texts(texts.tolist())[code]
    else:
        hashes = hash_numbers(values)
    register, rank = index_and_rank(hashes)
    return register, rank.astype(np.int64)


def together(which: int, place: Codes, weight: Values, size: int) -> Values:
    """[size] the weights of all entries at each place, 0 where there are none."""
    if which != REGISTERS:
        return np.bincount(place, weight, size)
    greatest = np.zeros(size, np.int64)
    np.maximum.at(greatest, place, weight)
    return greatest


def code_keys(keys: Values) -> tuple[Values, Codes]:
    """The distinct ones of n keys, ascending, maybe others between them, and which of these each
    is, [n]."""
    if keys.dtype == object:
        texts, (code,) = code_texts([keys.tolist()])
        return texts, code
    if keys.dtype != np.float64 and len(keys):
        least, greatest = int(keys.min()), int(keys.max())
        if greatest - least < SPARSE * len(keys):
            return np.arange(least, greatest + 1), keys - least
    return np.unique(keys, return_inverse=True)


def code_texts(told: Sequence[Sequence[str]]) -> tuple[Values, list[Codes]]:
    """The distinct texts of all, ascending, and which of them each is."""
    # Far quicker than to sort all of them as objects.
    distinct = sorted(set(chain.from_iterable(told)))
    places = dict(zip(distinct, count(), strict=False))
    codes = [np.fromiter(map(places.__getitem__, each), np.int64, len(each)) for each in told]
    return objects(distinct), codes


def are_told(texts: Values) -> NDArray[np.bool_]:
    """Which of the objects are not None."""
    told: NDArray[np.bool_] = np.not_equal(texts, _NONE)
    return told


def sketch(layout: Layout, columns: Sequence[Values]) -> bytes:
    """columns: what each reading says of the events; NaN or None where missing."""
    sections: list[bytes] = []
    for which, place in layout.sketched:
        sections += _written(which, count_each(_known(columns[place]), which))
    return _joined(sections)


def merge_sketches(layout: Layout, made: Sequence[bytes]) -> bytes:
    """That of all their events together."""
    sections: list[bytes] = []
    for which, place in layout.sketched:
        nothing = objects([]) if place >= len(layout.numbers) else np.empty(0)
        sections += _written(which, count_values(layout, which, place, nothing, made))
    return _joined(sections)


def count_each(values: Values, which: int) -> Counted:
    """Of known values, each for itself."""
    each, weight = key_values(values, which)
    keys, code = code_keys(each)
    return Counted(keys, code, weight, np.arange(len(values)), np.ones(len(values), np.int64))


def count_values(
    layout: Layout, which: int, place: int, values: Values, made: Sequence[bytes]
) -> Counted:
    """Of known values, each for itself, and then of stretches by their sketches. place: of the
    reading."""
    keys, weight = key_values(values, which)
    coded, held = _sections(layout, (which, place), made)
    if keys.dtype == object:
        # Most stretches have the same texts: each list of them is read once.
        lists = {told: i for i, told in enumerate(dict.fromkeys(coded), start=1)}
        told = [keys.tolist(), *(msgspec.json.decode(each) for each in lists)]
        distinct, codes = code_texts(told)
        code = np.concatenate([codes[0], *(codes[lists[each]] for each in coded)])
    else:
        stored = np.frombuffer(b"".join(coded), _STORED[which])
        distinct, code = code_keys(np.concatenate([keys, stored]))
    ones = len(keys)
    weights = np.empty(len(code), weight.dtype)
    weights[:ones] = weight
    weights[ones:] = np.frombuffer(b"".join(held), _WEIGHT)
    size = np.array([1] * ones + [len(each) // _WEIGHT.itemsize for each in held], np.int64)
    return Counted(distinct, code, weights, size.cumsum() - size, size)


def objects(values: Sequence[Any]) -> Values:
    """As an array of objects."""
    found = np.empty(len(values), object)
    found[:] = values
    return found


def _written(which: int, counted: Counted) -> tuple[bytes, bytes]:
    weight = together(which, counted.code, counted.weight, len(counted.keys))
    held = weight > 0
    keys, weights = counted.keys[held], weight[held].astype(_WEIGHT).tobytes()
    if keys.dtype == object:
        return msgspec.json.encode(keys.tolist()), weights
    return keys.astype(_STORED[which]).tobytes(), weights


def _joined(sections: Sequence[bytes]) -> bytes:
    return b"".join([np.array([len(each) for each in sections], "<u4").tobytes(), *sections])


def _sections(
    layout: Layout, item: tuple[int, int], made: Sequence[bytes]
) -> tuple[list[bytes], list[bytes]]:
    """Of each sketch the keys and the weights, as they were written."""
    width = 2 * len(layout.sketched)
    head = 4 * width
    lengths = np.frombuffer(b"".join([each[:head] for each in made]), "<u4").reshape(-1, width)
    ends = head + lengths.cumsum(axis=1, dtype=np.int64)
    first = 2 * layout.sketched.index(item)
    begins = (ends - lengths)[:, first].tolist()
    middles, lasts = ends[:, first].tolist(), ends[:, first + 1].tolist()
    keys = [each[b:e] for each, b, e in zip(made, begins, middles, strict=True)]
    return keys, [each[b:e] for each, b, e in zip(made, middles, lasts, strict=True)]


def _known(values: Values) -> Values:
    known: Values = values[are_told(values) if values.dtype == object else values == values]
    return known
