"""What is shown of items: which are allowed, how unlike they are, and why each is there."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from keel.data.histories import NOTHING, Float32
from keel.data.interactions import Codes
from keel.data.table import Column
from keel.train.export.predictor import Shown
from keel.train.export.signature import Listing
from keel.train.recommend.content import read_labels
from keel.train.recommend.item_filter import ItemFilter, allowed_items
from keel.train.recommend.item_links import ItemLinks
from keel.train.recommend.reasons import Grounds, reasons
from keel.train.recommend.rerank import how_alike, rerank


@dataclass(frozen=True, eq=False)
class Shelf:
    """ids, titles: by code."""

    ids: list[str]
    titles: list[str]
    chosen: ItemFilter
    grounds: Grounds

    @classmethod
    def of(
        cls, items: pl.DataFrame, links: ItemLinks, events: pl.DataFrame, listing: Listing
    ) -> "Shelf":
        """items, events: see `recommend_files`."""
        ids = items.to_series(0)
        columns = [Column(name, kind) for name, kind in listing.columns]
        titles = ids if listing.title is None else items[listing.title].fill_null(ids)
        fitted = events.filter("fitted")["item"].value_counts()
        counts = pl.DataFrame({"item": ids}).join(
            fitted, on="item", how="left", maintain_order="left"
        )["count"]
        grounds = Grounds.of(
            links,
            counts.fill_null(0).to_numpy().astype(np.int64),
            *read_labels(items, columns),
        )
        chosen = ItemFilter.of(items.select(column.name for column in columns))
        return cls(ids.to_list(), titles.to_list(), chosen, grounds)

    def allowed(self, wanted: Mapping[str, object]) -> NDArray[np.bool_]:
        """[items] those that a filter allows. Raises RequestError."""
        return allowed_items(self.chosen, wanted)

    def vary(
        self, codes: Codes, scores: Float32, diversity: float, most: int
    ) -> tuple[Codes, Float32]:
        """[N] the same items, the first `most` of them unlike each other."""
        alike = how_alike(codes, self.grounds.links, self.grounds.labels)
        return rerank(codes, scores, alike, diversity, most)

    def show(self, codes: Codes, scores: Float32, history: Codes) -> tuple[Shown, ...]:
        """Items with a reason each, for a user with this history. codes, scores: [k]."""
        there = codes[codes != NOTHING]
        why = reasons(there, history, self.grounds)
        told = zip(there.tolist(), scores.tolist(), why, strict=False)
        return tuple(
            Shown(self.ids[code], score, (reason.sentence(self.titles.__getitem__),))
            for code, score, reason in told
        )
