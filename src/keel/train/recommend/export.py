"""A fitted recommender as data: one graph, its signature, and what it knows of users and items."""

import numpy as np

from keel.spec.kinds import Kind, TaskName
from keel.spec.system import System
from keel.train.export.exported import Exported
from keel.train.export.signature import Input, Listing, Output, Signature
from keel.train.recommend.files import FILES, recommend_files
from keel.train.recommend.item_links import ItemLinks, item_links
from keel.train.recommend.top_items import ANSWERS, SCORES, TOP, write_graph
from keel.train.recommend.world import World
from keel.train.recommender import FittedRecommender, Scores

TITLES = ("title", "name", "item_name", "product_name")
"""Columns of items that say what a person calls them."""

USER = "user"
HISTORY = "history"


def export_recommender(
    model: FittedRecommender, world: World, system: System, answers: Scores
) -> Exported:
    """The same bytes for the same model and events."""
    items = world.events.interactions.items
    graph = write_graph(system.system, model, items, world.segments.count)
    said = system.interacting
    most = min(ANSWERS, items)
    columns = () if world.events.of_items is None else world.events.of_items.columns
    listing = Listing(
        answers,
        most,
        said.user,
        said.item,
        tuple((column.name, column.kind) for column in columns),
        next((c.name for c in columns if c.name.lower() in TITLES), None),
        said.liked,
        world.segments.columns,
        world.segments.levels,
    )
    meaning = "the rating foretold" if answers == "rating" else "the higher, the sooner shown"
    signature = Signature(
        TaskName.RECOMMEND,
        (*_INPUTS, *(_segment(name) for name in world.segments.columns)),
        (),
        (
            Output(SCORES, "FP32", (-1, most), f"{meaning}; minus infinity where there is no item"),
            Output(TOP, "BYTES", (-1, most), "ids of items, the best first; empty for none"),
        ),
        files=FILES,
        listing=listing,
    )
    return Exported(graph, signature, recommend_files(world, _links(model, world, answers)))


def _links(model: FittedRecommender, world: World, answers: Scores) -> ItemLinks:
    learned = world.events.interactions.take(world.learned(world.split.train, answers))
    value = 1.0 if learned.value is None or not len(learned) else float(learned.value.mean())
    return item_links(model, np.flatnonzero(learned.item_counts()), learned.items, value=value)


_INPUTS = (
    Input(
        USER,
        Kind.CATEGORY,
        "BYTES",
        "served from the history sent, else what most users like",
        "served like one that is missing",
        "numbers and booleans are read as their text",
        optional=True,
    ),
    Input(
        HISTORY,
        Kind.SEQUENCE,
        "BYTES",
        "what is known of the user already",
        "items that the version does not know are left out and counted",
        "a list of ids, or of objects with an item and a value, is read as its lines",
        optional=True,
    ),
)


def _segment(name: str) -> Input:
    return Input(
        name,
        Kind.CATEGORY,
        "BYTES",
        "taken from what is known of the user",
        "served like users of whom nothing is known",
        "numbers and booleans are read as their text",
        optional=True,
    )
