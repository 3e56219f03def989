"""What a version that recommends knows beside its graph, as files."""

import io

import numpy as np
import polars as pl

from keel.train.recommend.item_links import ItemLinks, links_table
from keel.train.recommend.world import World

EVENTS = "train.arrow"
ITEMS = "items.arrow"
USERS = "users.arrow"
LINKS = "links.arrow"
FILES = (EVENTS, ITEMS, USERS, LINKS)


def recommend_files(world: World, links: ItemLinks) -> dict[str, bytes]:
    """Events: user, item, time, value, whether liked, and whether learned from. Items: by code,
    the id first, with what is known of them. Users: by code, with their segment. Links: what each
    item says of others."""
    events, split = world.events, world.split
    interactions = events.interactions
    fitted = np.zeros(len(interactions), dtype=np.bool_)
    fitted[split.train] = True
    nothing = pl.Series([None] * len(interactions))
    time = nothing if interactions.time is None else pl.Series(interactions.time)
    value = nothing if interactions.value is None else pl.Series(interactions.value)
    happened = pl.DataFrame(
        {
            "user": events.users.gather(interactions.user),
            "item": events.items.gather(interactions.item),
            "time": time.cast(pl.Datetime("us")),
            "value": value.cast(pl.Float64),
            "liked": events.liked,
            "fitted": fitted,
        }
    )
    known = events.of_items
    items = pl.DataFrame({"item": events.items}) if known is None else known.frame
    users = pl.DataFrame({"user": events.users, "segment": world.segments.code})
    tables = {EVENTS: happened, ITEMS: items, USERS: users, LINKS: links_table(links)}
    return {name: _bytes(table) for name, table in tables.items()}


def read_learned(data: bytes) -> pl.DataFrame:
    """user, item of the events that a version was fitted on."""
    return read_table(data).filter("fitted").select("user", "item")


def read_table(data: bytes) -> pl.DataFrame:
    """What `recommend_files` wrote."""
    return pl.read_ipc(io.BytesIO(data))


def _bytes(frame: pl.DataFrame) -> bytes:
    buffer = io.BytesIO()
    frame.write_ipc(buffer, compression="zstd")
    return buffer.getvalue()
