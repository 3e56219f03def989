"""What versions that recommend answer to the test part."""

import hashlib

import numpy as np
import polars as pl
from numpy.typing import NDArray

from keel.data.histories import NOTHING, Histories, packed
from keel.data.interactions import Codes
from keel.errors import KeelError
from keel.metrics.evidence import Evidence
from keel.registry.artifact import read_artifact
from keel.registry.find import champion
from keel.spec.system import System
from keel.store import Store
from keel.train.export.open_predictor import open_predictor
from keel.train.progress import Tell
from keel.train.recommend.asked import Asked
from keel.train.recommend.files import EVENTS, read_learned
from keel.train.recommend.list_evidence import list_evidence
from keel.train.recommend.predictor import RecommendPredictor
from keel.train.recommend.world import World


def test_evidence(world: World, predictor: RecommendPredictor, asked: Asked) -> Evidence:
    """What `predictor` answers to those asked about in the test part."""
    answers = predictor.answers
    lists, _ = predictor.top(asked.histories, asked.seen)
    return list_evidence(
        world.events,
        world.learned(world.split.train, answers),
        asked,
        lists,
        world.split.protocol,
        content=world.content,
        predicted=predictor.scores_of(asked.histories, asked.right)
        if answers == "rating"
        else None,
        groups=world.groups(asked),
    )


def champion_lists(
    store: Store, system: System, world: World, asked: Asked, *, threads: int, tell: Tell
) -> Evidence | None:
    """What the champion answers to the same users, without those of whom it learned a test event.

    None where there is no champion, it answers otherwise, or it has seen them all; the reason is
    told.
    """
    version = champion(store.engine, system.system)
    if version is None:
        return None
    try:
        folder = read_artifact(store.blobs, version.digest)
        predictor = open_predictor(folder, threads=threads)
    except KeelError as error:
        why = "; ".join(str(error).splitlines())
        tell(f"champion  {version} cannot be opened and is not compared: {why}")
        return None
    if not isinstance(predictor, RecommendPredictor):
        tell(f"champion  {version} does not recommend and is not compared")
        return None
    learned = read_learned((folder / EVENTS).read_bytes())
    unseen = np.flatnonzero(~_held(world, learned, asked))
    if not len(unseen):
        tell(f"champion  {version} was trained on events of all of these users: not compared")
        return None
    return _translated_evidence(world, predictor, asked.take(unseen), str(version))


def test_fingerprint(world: World, asked: Asked) -> str:
    """Equal for the same users and items of a test part."""
    users = world.events.users.gather(asked.user)
    text = pl.DataFrame({"user": users, "right": asked.right.tolist()}).write_json()
    return hashlib.sha256(text.encode()).hexdigest()


def _translated_evidence(
    world: World, predictor: RecommendPredictor, asked: Asked, version: str
) -> Evidence:
    """Answers of a version with items of its own, by the codes of this world's items."""
    codes = pl.DataFrame({"id": world.events.items}).join(
        pl.DataFrame({"id": predictor.items}).with_row_index("code"),
        on="id",
        how="left",
        maintain_order="left",
    )["code"]
    theirs = codes.fill_null(NOTHING).to_numpy().astype(np.int64)
    ours = np.full(len(predictor.items) + 1, NOTHING, dtype=np.int64)
    ours[theirs[theirs != NOTHING]] = np.flatnonzero(theirs != NOTHING)
    users = world.events.users.gather(asked.user).to_list()
    segments = predictor.segments_of(users)
    size = len(predictor.items)
    known = _with_items(asked.histories, theirs, size, segments)
    right = np.append(theirs, NOTHING)[asked.right]
    lists, _ = predictor.top(known, _with_items(asked.seen, theirs, size, segments))
    rates = predictor.answers == "rating"
    return list_evidence(
        world.events,
        world.learned(world.split.train, predictor.answers),
        asked,
        packed(ours[lists]),
        f"the challenger's test part but users of whom {version} learned a later event",
        content=world.content,
        predicted=predictor.scores_of(known, right) if rates else None,
        groups=world.groups(asked),
        version=version,
    )


def _with_items(histories: Histories, code: Codes, items: int, segments: Codes) -> Histories:
    """The histories with other codes of items; those without one are left out."""
    there = code[histories.item] != NOTHING
    lengths = np.bincount(histories.owner[there], minlength=len(histories))
    return Histories(
        np.concatenate([[0], np.cumsum(lengths)]),
        code[histories.item[there]],
        histories.value[there],
        items,
        segments,
    )


def _held(world: World, learned: pl.DataFrame, asked: Asked) -> NDArray[np.bool_]:
    """[n] whether an event of the test part of each user is among those learned from."""
    interactions, test = world.events.interactions, world.split.test
    held = pl.DataFrame(
        {
            "user": world.events.users.gather(interactions.user[test]),
            "item": world.events.items.gather(interactions.item[test]),
        }
    )
    found = held.join(learned, on=["user", "item"], how="semi")["user"]
    users = world.events.users.gather(asked.user)
    return users.is_in(found.implode()).to_numpy()
