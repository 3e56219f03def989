"""Fills the card of a version that recommends."""

from dataclasses import replace

from keel.data.interactions import Interactions
from keel.evaluate.card.content import (
    Candidate,
    CardContent,
    ColumnFact,
    DataFacts,
    Figure,
    LeftOut,
    SliceFact,
    SliceFacts,
    TrainingFacts,
)
from keel.metrics.catalog import better
from keel.registry.record import Record
from keel.registry.version import Status
from keel.spec.promise import parse_measure
from keel.spec.write import write_system
from keel.train.recommend.train import TrainedRecommender
from keel.train.search.candidate import Recipe
from keel.walk.card_facts import lineage_facts, promise_facts, tried_facts
from keel.walk.recommend.judged import RecommendWalked

HEADLINES = ("recall at 10", "hit_rate at 10", "coverage at 10")


def recommend_card(
    walked: RecommendWalked, record: Record, number: int, status: Status
) -> CardContent:
    """Everything the card of this version says."""
    system, trained = walked.system, walked.learned
    return CardContent(
        system=system.system,
        version=number,
        status=status.value,
        created=walked.created,
        task=record.task,
        data=_data(walked),
        protocol=walked.prepared.protocol,
        figures=_figures(walked),
        lineage=lineage_facts(record),
        declaration=write_system(system),
        description=system.description,
        algorithm=trained.algorithm,
        statements=system.card,
        promises=promise_facts(system.promises, walked.verdicts),
        strict=system.strict,
        test_looks=walked.judged.looks,
        headline=(str(trained.measure), *(n for n in HEADLINES if n != str(trained.measure))),
        slices=_slices(walked),
        training=_training(trained),
        leakage=walked.findings,
    )


def _data(walked: RecommendWalked) -> DataFacts:
    checked, world = walked.checked, walked.prepared.world
    split, interactions = world.split, world.events.interactions
    time = interactions.time
    sides = checked.beside.values()
    return DataFacts(
        source=walked.system.table.table,
        fingerprint=checked.fingerprint,
        train=len(split.train),
        validation=sum(len(fold.validate) for fold in split.folds),
        test=len(split.test),
        fitted=len(world.learned(split.train, walked.judged.predictor.answers)),
        quarantined=checked.quarantine.rows + sum(side.quarantine.rows for side in sides),
        dropped_duplicates=checked.table.rows - len(interactions),
        period=None if time is None else (str(time.min())[:19], str(time.max())[:19]),
        columns=_columns(walked),
        left_out=[
            LeftOut(f"{name}.{s.column}", s.reason, s.detail)
            for name, side in checked.beside.items()
            for s in side.screened
            if s.reason != "id-like"
        ],
        quarantine=checked.quarantine.reasons,
        quarantine_file=None if checked.quarantine.path is None else str(checked.quarantine.path),
        notes=(*checked.notes, *world.events.notes, _sizes(interactions)),
    )


def _columns(walked: RecommendWalked) -> list[ColumnFact]:
    """Those of the events, then those of each other table."""
    system, said = walked.system, walked.system.interacting
    events = {said.user: "user", said.item: "item", said.value: "value", system.table.time: "time"}
    found = [(p.name, events.get(p.name, "left out"), p) for p in walked.checked.profiles]
    for name, side in walked.checked.beside.items():
        key = system.data[name].key
        found += [
            (f"{name}.{p.name}", "key" if p.name == key else "known", p) for p in side.profiles
        ]
    return [ColumnFact(name, p.kind.value, role, p.missing, p.distinct) for name, role, p in found]


def _sizes(interactions: Interactions) -> str:
    share = len(interactions) / (interactions.users * interactions.items)
    return (
        f"{interactions.users:,} users, {interactions.items:,} items, {len(interactions):,} "
        f"events: {share:.2%} of all pairs"
    )


def _figures(walked: RecommendWalked) -> list[Figure]:
    name = walked.learned.bench.baseline
    found = [c for c in walked.learned.candidates if c.algorithm == name]
    baseline = found[0].figures if found else {}
    return [
        Figure(name, estimate, better(parse_measure(name), walked.task), baseline.get(name))
        for name, estimate in walked.judged.figures.items()
        if estimate.value == estimate.value
    ]


def _slices(walked: RecommendWalked) -> SliceFacts:
    """Users by what is known of them, then items by their age."""
    judged = walked.judged
    ages = [SliceFact("items", name, e.n, e) for name, e in judged.by_age.items()]
    return replace(judged.slices, slices=[*judged.slices.slices, *ages])


def _training(trained: TrainedRecommender) -> TrainingFacts:
    higher = trained.bench.higher
    tried = tried_facts(trained.candidates, trained.winner, higher=higher, settled=_settled)
    return TrainingFacts(
        str(trained.measure),
        "higher" if higher else "lower",
        trained.why,
        [*tried, *(Candidate(skip.name, skipped=skip.reason) for skip in trained.skipped)],
        trials=trained.trials,
        seconds=sum(c.seconds for c in trained.candidates),
        folds=len(trained.bench.world.split.folds),
    )


def _settled(recipe: Recipe) -> dict[str, object]:
    return {name: value for name, value in recipe.parameters.items() if value is not None}
