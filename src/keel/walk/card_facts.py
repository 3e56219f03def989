"""What the cards of all tasks say alike."""

from collections.abc import Callable, Mapping, Sequence

from keel.evaluate.card.content import Candidate, LineageFacts, PromiseFact
from keel.promises.verdict import Verdict
from keel.registry.record import Record, hash_declaration
from keel.spec.promise import Promise
from keel.train.search.candidate import Candidate as Tried
from keel.train.search.candidate import Recipe


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


def tried_facts(
    candidates: Sequence[Tried],
    winner: Tried,
    *,
    higher: bool,
    settled: Callable[[Recipe], Mapping[str, object]],
) -> list[Candidate]:
    """The best candidate of each algorithm, the best first; of the winner's the winner itself.
    settled: what of its recipe a reader should see."""
    sign = 1.0 if higher else -1.0
    best: dict[str, Tried] = {}
    for candidate in candidates:
        held = best.get(candidate.algorithm)
        scores = candidate.score == candidate.score and not candidate.pruned
        if scores and (held is None or sign * candidate.score > sign * held.score):
            best[candidate.algorithm] = candidate
    best[winner.algorithm] = winner
    return [
        Candidate(
            name,
            candidate.score,
            candidate.standard_error,
            sum(c.algorithm == name for c in candidates),
            sum(c.seconds for c in candidates if c.algorithm == name),
            settled(candidate.recipe),
            winner=candidate is winner,
        )
        for name, candidate in sorted(best.items(), key=lambda item: -sign * item[1].score)
    ]
