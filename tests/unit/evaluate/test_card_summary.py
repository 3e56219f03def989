"""What a card says first."""

from dataclasses import replace

from card_example import bare_card, classify_card, regress_card

from keel.evaluate.card.content import Figure, PromiseFact
from keel.evaluate.card.summary import headline, summarise, what_to_look_at
from keel.evaluate.leakage.finding import Finding, Severity
from keel.metrics.estimate import Estimate
from keel.spec.system import CardSpec


def said(content: object) -> str:
    return "\n".join(f"{n.level}: {n.text} #{n.anchor}" for n in what_to_look_at(content))  # type: ignore[arg-type]


def test_the_verdict_is_one_sentence() -> None:
    promises = classify_card().promises
    one = replace(classify_card(), promises=(*promises[:4], promises[5]))
    assert summarise(one) == "Registered as champion: 4 of 5 promises kept, 1 undecided."
    assert summarise(regress_card()) == "Held back: 1 of 2 promises kept, 1 broken."
    assert summarise(bare_card()) == "Held back. It promises nothing yet."


def test_broken_promises_come_before_undecided_ones_and_remarks() -> None:
    broken = PromiseFact("roc_auc >= 0.95", "broken", "below", 0.918, 0.907, 0.928, 9, ">=", 0.95)
    card = replace(classify_card(), promises=(*classify_card().promises, broken))
    levels = [notice.level for notice in what_to_look_at(card)]
    assert levels == sorted(levels, key=("bad", "doubtful", "note").index)
    assert said(card).startswith("bad: Broken: roc_auc >= 0.95, found 0.918 (0.907 to 0.928).")


def test_a_leak_is_told_once_with_its_evidence() -> None:
    card = classify_card()
    assert said(card).count("eakage") == 1 + said(card).count("#leakage")
    certain = Finding("sum", ("casual", "registered"), Severity.CERTAIN, "They add up.", "", "")
    assert "bad: Leakage, certain: casual, registered. They add up." in said(
        replace(card, leakage=(certain,))
    )
    assert "Leakage was not checked" in said(replace(card, leakage=None))


def test_a_model_that_is_not_certainly_better_than_the_baseline_is_bad() -> None:
    close = Figure("roc_auc", Estimate(0.52, 0.49, 0.55, 90), "higher", 0.5)
    assert "not certainly better than the baseline's 0.5" in said(
        replace(classify_card(), figures=(close,))
    )
    error = Figure("rmse", Estimate(10.0, 9.0, 11.5, 90), "lower", 11.0)
    assert "not certainly better" in said(replace(classify_card(), figures=(error,)))
    assert "not certainly better" not in said(classify_card())


def test_looking_often_at_the_test_part_is_said() -> None:
    assert "looked at" not in said(classify_card())
    assert "looked at 12 times" in said(replace(classify_card(), test_looks=12))


def test_much_quarantine_is_said() -> None:
    data = replace(classify_card().data, quarantined=90_000)
    assert "90,000 rows (5.6 %) broke the contract" in said(replace(classify_card(), data=data))


def test_what_nobody_stated_is_listed() -> None:
    assert "Not stated: required approval. #use" in said(classify_card())
    assert "Not stated: owner, intended use, out-of-scope use, known harms and required" in said(
        replace(classify_card(), statements=CardSpec())
    )


def test_nothing_to_see_says_nothing() -> None:
    full = classify_card()
    calm = replace(
        full,
        promises=(full.promises[0],),
        leakage=(),
        slices=None,
        learning=None,
        statements=CardSpec(
            intended_use="a", out_of_scope="b", known_harms="c", owner="d", approval="e"
        ),
    )
    assert what_to_look_at(calm) == ()


def test_the_headline_is_what_was_asked_for_or_the_first_three() -> None:
    assert [f.name for f in headline(classify_card())] == [
        "average_precision",
        "roc_auc",
        "recall at precision 0.9",
    ]
    asked = replace(classify_card(), headline=("brier", "roc_auc", "no_such"))
    assert [f.name for f in headline(asked)] == ["brier", "roc_auc"]
