"""How often each value occurs in a long stretch of a stream, for figures that need to know."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
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


@dataclass(frozen=True, eq=False)
class Keyed:
    """keys: [m] each once. weights: [m]."""

    keys: Values
    weights: Codes


Sketch = dict[tuple[int, int], Keyed]
"""By which of the three, and the place of the reading in its layout."""


def key_values(values: Values, which: int) -> Keyed:
    """The key and the weight of each of n known values, in their order."""
    if which == DISTINCT:
        return Keyed(values, np.ones(len(values), np.int64))
    if which == BUCKETS:
        return Keyed(bucket_of(values.astype(np.float64)), np.ones(len(values), np.int64))
    if values.dtype == object:
        texts, code = code_values(values)
        hashes = hash_texts(texts.tolist())[code]
    else:
        hashes = hash_numbers(values)
    register, rank = index_and_rank(hashes)
    return Keyed(register, rank.astype(np.int64))


def code_values(values: Values) -> tuple[Values, Codes]:
    """The distinct ones of n known values, ascending, and which of them each value is, [n]."""
    if values.dtype != object:
        return np.unique(values, return_inverse=True)
    # Far quicker than to sort all of them as objects.
    told = values.tolist()
    distinct = sorted(set(told))
    places = dict(zip(distinct, count(), strict=False))
    code = np.fromiter(map(places.__getitem__, told), np.int64, len(told))
    return objects(distinct), code


def sketch(layout: Layout, columns: Sequence[Values]) -> Sketch:
    """columns: what each reading says of the events; NaN or None where missing."""
    return {
        (which, place): _merged(key_values(_known(columns[place]), which), which)
        for which, place in layout.sketched
    }


def merge_sketches(made: Sequence[Sketch]) -> Sketch:
    """That of all their events together; at least one."""
    found: Sketch = {}
    for which, place in made[0]:
        each = [one[which, place] for one in made]
        keys = np.concatenate([keyed.keys for keyed in each])
        weights = np.concatenate([keyed.weights for keyed in each])
        found[which, place] = _merged(Keyed(keys, weights), which)
    return found


def write_sketch(made: Sketch) -> bytes:
    """As bytes."""
    packed = [
        (
            *at,
            keyed.keys.tolist() if keyed.keys.dtype == object else keyed.keys.tobytes(),
            keyed.weights.tobytes(),
        )
        for at, keyed in made.items()
    ]
    return msgspec.msgpack.encode(packed)


def read_sketch(data: bytes) -> Sketch:
    """What `write_sketch` wrote."""
    return {
        (which, place): Keyed(_keys(which, keys), np.frombuffer(weights, np.int64))
        for which, place, keys, weights in msgspec.msgpack.decode(data)
    }


def _keys(which: int, keys: bytes | list[str]) -> Values:
    if isinstance(keys, list):
        return objects(keys)
    return np.frombuffer(keys, np.float64 if which == DISTINCT else np.int64)


def _merged(keyed: Keyed, which: int) -> Keyed:
    """Each key once."""
    keys, code = code_values(keyed.keys)
    weights = np.zeros(len(keys), np.int64)
    merge = np.maximum if which == REGISTERS else np.add
    merge.at(weights, code, keyed.weights)
    return Keyed(keys, weights)


def _known(values: Values) -> Values:
    if values.dtype == object:
        return values[np.array([value is not None for value in values], np.bool_)]
    known: Values = values[values == values]
    return known


def objects(values: Sequence[Any]) -> Values:
    """As an array of objects."""
    found = np.empty(len(values), object)
    found[:] = values
    return found
