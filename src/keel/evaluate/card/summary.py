"""What the card says first: the verdict in one sentence, and what deserves a look."""

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from keel.evaluate.card.content import CardContent, Figure, PromiseFact, SliceFacts, TrainingFacts
from keel.evaluate.card.words import (
    estimated,
    interval,
    number,
    plural,
    sentence,
    share,
    shorten,
    spoken,
    times,
)
from keel.evaluate.leakage.finding import Severity
from keel.evaluate.learning_curve import LearningOutcome

MANY_LOOKS = 5
MANY_QUARANTINED = 0.01
MOST_OF_A_KIND = 4
NO_LEAKAGE = "no leakage"
HOW_TO_STATE = {
    "owner": "owner",
    "intended_use": "intended use",
    "out_of_scope": "out-of-scope use",
    "known_harms": "known harms",
    "approval": "required approval",
}


@dataclass(frozen=True)
class Notice:
    """Something to look at. level: bad, doubtful or note; anchor: the section that shows it."""

    level: str
    text: str
    anchor: str


def summarise(content: CardContent) -> str:
    """`Registered as champion: 5 of 6 promises kept, 1 undecided.`

    A card is sealed with its version, so that it tells how things were then.
    """
    start = "Held back" if content.status == "held" else f"Registered as {content.status}"
    if not content.promises:
        return f"{start}. It promises nothing yet."
    found = Counter(promise.outcome for promise in content.promises)
    told = [f"{found['kept']} of {plural(len(content.promises), 'promise')} kept"]
    told += [f"{found[word]} {word}" for word in ("broken", "undecided", "pending") if found[word]]
    return f"{start}: {', '.join(told)}."


def what_to_look_at(content: CardContent) -> tuple[Notice, ...]:
    """What a careful reader would raise, the gravest first; empty when nothing stands out."""
    found = [
        *_promises(content),
        *_leakage(content),
        *_baseline(content),
        *_slices(content.slices),
        *_learning(content),
        *_rows(content),
        *_statements(content),
    ]
    order = ("bad", "doubtful", "note")
    return tuple(sorted(found, key=lambda notice: order.index(notice.level)))


def headline(content: CardContent) -> tuple[Figure, ...]:
    """The figures named in `content.headline`, in that order, or the first three."""
    known = {figure.name: figure for figure in content.figures}
    named = [known[name] for name in content.headline if name in known]
    return tuple(named or content.figures[:3])[:4]


def in_the_table(content: CardContent) -> list[Figure]:
    """The figures but for those that stand beside the confusion matrix."""
    derived = () if content.confusion is None else content.confusion.derived
    beside = {figure.name for figure in derived}
    return [figure for figure in content.figures if figure.name not in beside]


def reached(promise: PromiseFact) -> str:
    """The promise's figure to the digits that its interval leaves, with its unit."""
    spread = None
    if promise.low is not None and promise.high is not None:
        spread = (promise.high - promise.low) / 2
    return f"{number(promise.value, spread)} {promise.unit}".rstrip()


def validated(training: TrainingFacts) -> str:
    """How the candidates' scores came about: `cross-validated in 5 folds`."""
    if training.folds == 1:
        return "on one validation part"
    folds = plural(training.folds, "fold")
    return f"cross-validated in {folds}" if training.folds else "on the training rows"


def _promises(content: CardContent) -> Iterator[Notice]:
    for outcome, level in (("broken", "bad"), ("undecided", "doubtful")):
        found = [
            promise
            for promise in content.promises
            if promise.outcome == outcome and not (promise.text == NO_LEAKAGE and content.leakage)
        ]
        for promise in found[:MOST_OF_A_KIND]:
            yield Notice(level, f"{outcome.capitalize()}: {_told(promise)}.", "promises")
        if len(found) > MOST_OF_A_KIND:
            more = plural(len(found) - MOST_OF_A_KIND, f"more {outcome} promise")
            yield Notice(level, f"{more}.", "promises")
    if not content.promises:
        yield Notice(
            "note",
            "Nothing is promised: add promises to keel.yaml to hold a version to a bar.",
            "promises",
        )


def _told(promise: PromiseFact) -> str:
    if promise.value is None or math.isnan(promise.value):
        return f"{shorten(promise.text)} ({shorten(promise.reason, 160).rstrip('.')})"
    return (
        f"{shorten(promise.text)}, found {reached(promise)} ({interval(promise.low, promise.high)})"
    )


def _leakage(content: CardContent) -> Iterator[Notice]:
    levels = {Severity.CERTAIN: "bad", Severity.SUSPECT: "doubtful"}
    found = [f for f in content.leakage or () if f.severity in levels]
    for finding in found[:MOST_OF_A_KIND]:
        columns = ", ".join(shorten(column, 40) for column in finding.columns[:4])
        yield Notice(
            levels[finding.severity],
            f"Leakage, {finding.severity}: {columns or finding.kind}. "
            f"{shorten(finding.evidence, 200)}",
            "leakage",
        )
    if content.leakage is None:
        yield Notice("doubtful", "Leakage was not checked.", "leakage")


def _baseline(content: CardContent) -> Iterator[Notice]:
    for figure in headline(content)[:1]:
        if figure.baseline is None or figure.better == "zero":
            continue
        sign = 1 if figure.better == "higher" else -1
        near = figure.estimate.low if sign > 0 else figure.estimate.high
        if not sign * near > sign * figure.baseline:
            yield Notice(
                "bad",
                f"{sentence(spoken(figure.name))} {estimated(figure.estimate)} is not certainly "
                f"better than the baseline's {number(figure.baseline)}, which looks at no column.",
                "figures",
            )


def _slices(facts: SliceFacts | None) -> Iterator[Notice]:
    if facts is None:
        return
    for one in [s for s in facts.slices if s.significant][:2]:
        yield Notice(
            "doubtful",
            f"{_strange(facts)} where {shorten(one.column, 40)} is {shorten(one.value, 40)}: "
            f"{spoken(facts.metric)} {estimated(one.estimate)} against "
            f"{estimated(facts.overall)} overall, on {plural(one.n, 'case')}.",
            "slices",
        )


def _strange(facts: SliceFacts) -> str:
    """Without labels nobody knows whether alerts are wrong."""
    return "Most alerts" if facts.metric == "alerts" else "Weakest"


def _learning(content: CardContent) -> Iterator[Notice]:
    if content.learning is None:
        return
    verdict = content.learning.verdict
    levels = {
        LearningOutcome.UNDER_FITTED: "doubtful",
        LearningOutcome.OVER_FITTED: "doubtful",
        LearningOutcome.MORE_DATA: "note",
    }
    if verdict.outcome in levels:
        words = str(verdict.outcome)
        if verdict.outcome is not LearningOutcome.MORE_DATA:
            words = f"the model is {words}"
        yield Notice(levels[verdict.outcome], f"Learning curve: {words}.", "learning")


def _rows(content: CardContent) -> Iterator[Notice]:
    data = content.data
    rows = data.train + data.test + data.apart + data.unlabelled + data.quarantined
    rows += data.dropped_duplicates
    if rows and data.quarantined / rows > MANY_QUARANTINED:
        yield Notice(
            "doubtful",
            f"{plural(data.quarantined, 'row')} ({share(data.quarantined / rows)}) broke the "
            "contract and were quarantined.",
            "data",
        )
    if content.test_looks > MANY_LOOKS:
        yield Notice(
            "doubtful",
            f"This test part was looked at {times(content.test_looks)}: choosing by it "
            "again and again flatters the figures.",
            "figures",
        )


def _statements(content: CardContent) -> Iterator[Notice]:
    stated = content.statements
    missing = [words for key, words in HOW_TO_STATE.items() if not getattr(stated, key)]
    if missing:
        listed = missing[0] if len(missing) == 1 else f"{', '.join(missing[:-1])} and {missing[-1]}"
        yield Notice("note", f"Not stated: {listed}.", "use")
