"""What the cards of all tasks say alike."""

from collections.abc import Sequence

from keel.evaluate.card.content import LineageFacts, PromiseFact
from keel.promises.verdict import Verdict
from keel.registry.record import Record, hash_declaration
from keel.spec.promise import Promise


def promise_facts(promises: Sequence[Promise], verdicts: Sequence[Verdict]) -> list[PromiseFact]:
    """Every promise with its verdict and its bar."""
    facts = []
    for promise, verdict in zip(promises, verdicts, strict=True):
        has_bar = promise.kind != "no_leakage"
        facts.append(
            PromiseFact(
                verdict.promise,
                verdict.outcome.value,
                verdict.reason,
                verdict.value,
                verdict.low,
                verdict.high,
                verdict.n,
                promise.comparison if has_bar else None,
                promise.bar if has_bar else None,
                verdict.unit,
            )
        )
    return facts


def lineage_facts(record: Record) -> LineageFacts:
    """What it takes to make the version again."""
    lineage = record.lineage
    return LineageFacts(
        hash_declaration(record.declaration),
        lineage.code_version,
        record.seeds.get("train", 0),
        record.model_sha256,
        record.parity_max_abs_diff,
        lineage.libraries,
        record.parameters,
        f"Python {lineage.python}, {lineage.platform}, {lineage.threads} threads",
    )
