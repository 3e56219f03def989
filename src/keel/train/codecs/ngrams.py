"""Texts as weighted n-grams: hashed, selected by how many fitting texts hold them, normalised."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from keel.train.encode.codec import TextTensors, pack_codec
from keel.train.encode.hashing import BITS, Hashed, HashSettings, hash_texts

Float32 = NDArray[np.float32]

MIN_TEXTS = 2
MOST = 2**17
MOST_PROJECTED = 2**15
"""An n-gram is kept if at least `MIN_TEXTS` fitting texts hold it, up to the `MOST` common ones;
fewer where each takes a row of a projection, which is carried in the graph."""


@dataclass(frozen=True, eq=False)
class Rows:
    """Weighted n-grams of n texts in compressed rows, as in `Hashed`, with compact ids."""

    starts: NDArray[np.int64]
    ids: NDArray[np.int32]
    weights: Float32


@dataclass(frozen=True, eq=False)
class Ngrams:
    """kept: [v] uint32 hashed ids, rising; the position is the compact id. rarity: [v] float32,
    1 + log((1 + texts) / (1 + texts that hold it)).

    A text's weights are (1 + log(count)) * rarity, scaled to unit length.
    """

    settings: HashSettings
    kept: NDArray[np.uint32]
    rarity: Float32
    name: str = "ngrams"

    @property
    def width(self) -> int:
        return len(self.kept)

    def hash(self, column: pl.Series) -> Hashed:
        """The n-grams before selection."""
        return hash_texts(column, self.settings)

    def select(self, hashed: Hashed) -> Rows:
        """The kept n-grams of n texts with their final weights."""
        compact = self._compact[hashed.ids]
        known = np.flatnonzero(compact >= 0)
        ids = compact[known]
        ends = np.searchsorted(known, hashed.starts)
        weights = hashed.weights[known] * self.rarity[ids]
        text = np.repeat(np.arange(len(hashed)), np.diff(ends))
        squares = np.bincount(text, weights.astype(np.float64) ** 2, minlength=len(hashed))
        length = np.sqrt(np.where(squares > 0, squares, 1.0)).astype(np.float32)
        return Rows(ends, ids, weights / length[text])

    def encode(self, column: pl.Series) -> TextTensors:
        hashed = self.hash(column)
        rows = self.select(hashed)
        lengths = np.diff(rows.starts)
        longest = max(int(lengths.max(initial=0)), 1)
        filled = np.arange(longest) < lengths[:, None]
        ids = np.zeros(filled.shape, dtype=np.int64)
        weights = np.zeros(filled.shape, dtype=np.float32)
        ids[filled], weights[filled] = rows.ids, rows.weights
        return TextTensors(ids, weights, hashed.statistics)

    def to_bytes(self) -> bytes:
        header = {"codec": self.name, "bits": BITS, "settings": asdict(self.settings)}
        return pack_codec(header, {"kept": self.kept, "rarity": self.rarity})

    @cached_property
    def _compact(self) -> NDArray[np.int32]:
        table = np.full(2**BITS, -1, dtype=np.int32)
        table[self.kept] = np.arange(len(self.kept), dtype=np.int32)
        return table


def fit_ngrams(hashed: Hashed, settings: HashSettings, most: int = MOST) -> Ngrams:
    """Keep what enough of these texts hold. At least one id is kept, so that no table is empty."""
    texts = np.bincount(hashed.ids, minlength=2**BITS)
    kept = np.flatnonzero(texts >= MIN_TEXTS)
    if len(kept) > most:
        common = np.argsort(-texts[kept], kind="stable")[:most]
        kept = np.sort(kept[common])
    if not len(kept):
        kept = np.array([int(np.argmax(texts))])
    rarity = 1.0 + np.log((1.0 + len(hashed)) / (1.0 + texts[kept]))
    return Ngrams(settings, kept.astype(np.uint32), rarity.astype(np.float32))


def read(header: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> Ngrams:
    """The codec that `to_bytes` wrote."""
    settings = header["settings"]
    return Ngrams(
        HashSettings(tuple(settings["words"]), tuple(settings["characters"]), settings["longest"]),
        arrays["kept"],
        arrays["rarity"],
    )
