"""Leaks that hold without exception are found, and what only looks like them is not."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from leakage_example import ROWS, Table, clean_classes, clean_values, named

from keel.evaluate.leakage.finding import Finding, Severity

GENERATOR = np.random.default_rng(3)
DAY_US = 86_400_000_000


def _only(table: Table, kind: str, *columns: str) -> Finding:
    findings = table.leaks()
    assert [(f.kind, f.columns, f.severity) for f in findings] == [
        (kind, columns, Severity.CERTAIN)
    ]
    return findings[0]


@pytest.mark.parametrize("table", [clean_classes(), clean_values()], ids=["classes", "values"])
def test_a_clean_table_is_not_accused(table: Table) -> None:
    assert table.leaks() == ()


def test_the_label_under_another_name_is_a_copy() -> None:
    table = clean_classes()
    finding = _only(table.plus(churned=["Y" if y else "N" for y in table.label]), "copy", "churned")
    assert "2 values" in finding.evidence
    assert finding.advice == "train: {ignore: [churned]}"


def test_a_copy_that_is_filled_in_every_other_row_is_a_copy() -> None:
    table = clean_classes()
    half = [bool(y) if i % 2 else None for i, y in enumerate(table.label)]
    _only(table.plus(late=half), "copy", "late")


def test_a_rescaled_value_is_a_copy() -> None:
    table = clean_values()
    finding = _only(table.plus(cents=100 * table.label + 3), "copy", "cents")
    assert "constant" in finding.evidence


def test_a_monotone_function_of_the_value_is_a_copy() -> None:
    table = clean_values()
    _only(table.plus(shown=np.exp(-table.label)), "copy", "shown")


def test_a_category_that_is_finer_than_the_class_is_a_function() -> None:
    table = clean_classes()
    codes = [f"{'AB'[y]}{i % 3}" for i, y in enumerate(table.label)]
    _only(table.plus(reason=codes), "function", "reason")


def test_a_class_cut_out_of_a_quantity_is_a_function_of_it() -> None:
    table = clean_classes()
    days = GENERATOR.uniform(0, 90, ROWS) + 90 * table.label
    _only(table.plus(days_silent=days), "function", "days_silent")


def test_a_value_that_is_how_far_a_column_is_from_zero_is_a_function_of_it() -> None:
    table = clean_values()
    signed = (table.label - table.label.min()) * GENERATOR.choice([-1.0, 1.0], ROWS)
    _only(table.plus(signed=signed), "function", "signed")


def test_clouds_that_lie_far_apart_are_an_easy_problem_not_a_leak() -> None:
    label = GENERATOR.integers(0, 2, ROWS)
    columns = {f"x{j}": pl.Series(GENERATOR.normal(9 * label, 1)) for j in range(3)}
    assert Table(columns, label, ("no", "yes")).leaks() == ()


def test_the_two_parts_of_a_total_are_found_as_a_pair() -> None:
    table = clean_values()
    casual = GENERATOR.normal(size=ROWS)
    table = table.plus(casual=casual, registered=table.label - casual)
    finding = _only(table, "sum", "casual", "registered")
    assert finding.evidence.startswith("label = casual + registered")


def test_a_total_is_found_where_its_parts_have_gaps() -> None:
    table = clean_values()
    a = GENERATOR.normal(size=ROWS)
    parts = [np.where(GENERATOR.random(ROWS) < 0.2, None, x) for x in (a, table.label + a)]
    table = table.plus(**{n: pl.Series(p.tolist()) for n, p in zip("pq", parts, strict=True)})
    assert "- p + q" in _only(table, "sum", "p", "q").evidence


def test_a_total_of_many_parts_is_found_whole() -> None:
    table = clean_values()
    parts = {f"part{j}": GENERATOR.normal(size=ROWS) for j in range(5)}
    parts["part5"] = table.label - sum(parts.values())
    _only(table.plus(**parts), "sum", *sorted(parts))


def test_a_simulated_label_of_many_arbitrary_weights_is_no_total() -> None:
    table = clean_values()
    data = np.column_stack([table.columns[f"x{j}"].to_numpy() for j in range(5)])
    weights = np.array([31.7, 88.13, 5.91, 47.3, 12.77])
    assert not named(replace(table, label=data @ weights).leaks(), "sum")


def test_a_price_times_a_quantity_is_a_product() -> None:
    table = clean_values()
    table = replace(table, label=np.exp(table.label / 3))
    price = GENERATOR.lognormal(0, 0.5, ROWS)
    found = _only(table.plus(price=price, pieces=table.label / price), "product", "price", "pieces")
    assert "price * pieces" in found.evidence


def test_a_value_for_each_is_a_ratio() -> None:
    table = clean_values()
    heads = GENERATOR.integers(1, 9, ROWS)
    found = _only(table.plus(heads=heads, all=table.label * heads), "product", "heads", "all")
    assert "all / heads" in found.evidence


def test_a_class_that_says_which_of_two_is_larger_is_a_comparison() -> None:
    table = clean_classes()
    due = GENERATOR.normal(size=ROWS)
    paid = due + GENERATOR.uniform(0, 1, ROWS) * np.where(table.label == 1, 1, -1)
    _only(table.plus(due=due, paid=paid), "comparison", "paid", "due")


def test_two_flags_one_of_which_is_up_in_every_positive_are_a_comparison() -> None:
    table = clean_classes()
    which = GENERATOR.integers(0, 3, ROWS)
    flags = [(table.label == 1) & (which != place) for place in (0, 1)]
    findings = table.plus(by_card=flags[0], by_post=flags[1]).leaks()
    assert ("by_card", "by_post") in named(findings, "comparison")


def test_a_column_filled_only_for_positives_gives_them_away() -> None:
    table = clean_classes()
    filled = [float(i % 7) if y else None for i, y in enumerate(table.label)]
    finding = _only(table.plus(refund=filled), "presence", "refund")
    assert "100.00% of" in finding.evidence


def test_a_column_that_leaves_zero_only_for_positives_gives_them_away() -> None:
    table = clean_classes()
    amount = table.label * GENERATOR.lognormal(0, 1, ROWS) * (GENERATOR.random(ROWS) < 0.7)
    _only(table.plus(refund=amount), "presence", "refund")


def test_a_column_filled_only_for_high_values_gives_them_away() -> None:
    table = clean_values()
    filled = [1.0 if y > 1 else None for y in table.label]
    assert named(table.plus(bonus=filled).leaks(), "presence") == [("bonus",)]


def test_gaps_that_know_nothing_are_not_accused() -> None:
    table = clean_classes()
    filled = [1.0 if GENERATOR.random() < 0.4 + 0.2 * y else None for y in table.label]
    assert table.plus(survey=filled).leaks() == ()


def test_gaps_beside_a_rare_class_are_not_accused() -> None:
    table = clean_classes(rows=6000, share=0.01)
    filled = [float(i % 7) if i % 100 != 1 else None for i in range(6000)]
    assert table.plus(risk=filled).leaks() == ()


def test_a_label_mean_by_identifier_that_includes_the_row_is_found() -> None:
    table = clean_classes()
    who = GENERATOR.integers(0, ROWS // 2, ROWS)
    mean = np.bincount(who, weights=table.label) / np.maximum(np.bincount(who), 1)
    _only(table.plus(risk=mean[who]), "label encoding", "risk")


def test_a_forecast_that_is_right_on_average_is_no_label_mean() -> None:
    generator = np.random.default_rng(5)
    chance = np.round(generator.uniform(0.05, 0.95, ROWS), 1)
    label = (generator.random(ROWS) < chance).astype(np.int64)
    table = replace(clean_classes(), label=label).plus(forecast=chance)
    assert not named(table.leaks(), "label encoding")


def test_a_running_total_with_the_rows_own_label_is_found() -> None:
    table = clean_values()
    finding = _only(table.plus(total=np.cumsum(table.label)), "running label", "total")
    assert "its own label" in finding.evidence


def test_a_moving_mean_of_later_labels_is_found_in_time_order() -> None:
    table = clean_values()
    order = GENERATOR.permutation(ROWS)
    ahead = np.convolve(table.label, np.ones(7) / 7, "full")[6:]
    ahead = np.concatenate([ahead[:ROWS], np.zeros(max(0, ROWS - len(ahead)))])
    table = table.plus(ahead=ahead)
    shuffled = replace(
        table,
        columns={name: column.gather(order) for name, column in table.columns.items()},
        label=table.label[order],
        time=(np.arange(ROWS) * DAY_US).astype("datetime64[us]")[order],
        by="time",
    )
    assert "up to 6 rows later" in _only(shuffled, "running label", "ahead").evidence


def test_the_label_of_the_row_before_is_no_leak() -> None:
    table = clean_values()
    before = np.append(0.0, table.label[:-1])
    seven = np.append(0.0, np.cumsum(table.label)[:-1])
    assert table.plus(before=before, total_before=seven).leaks() == ()


def test_a_running_mean_within_groups_is_found() -> None:
    table = clean_values()
    group = np.repeat(np.arange(ROWS // 30), 30)
    place = np.tile(np.arange(1, 31), ROWS // 30)
    total = pl.DataFrame({"g": group, "y": table.label}).select(pl.col("y").cum_sum().over("g"))
    test = np.arange(ROWS - 180, ROWS)
    table = replace(table, group=group.astype(np.int64), by="group", test=test)
    _only(table.plus(mean=total.to_series().to_numpy() / place), "running label", "mean")


def test_a_declared_group_on_both_sides_is_found_unless_time_parts_them() -> None:
    table = replace(clean_classes(), group=GENERATOR.integers(0, 90, ROWS))
    finding = _only(table, "entity", "who")
    assert "of 180 test rows" in finding.evidence
    assert finding.advice == "split: {group: who}"
    assert replace(table, by="time").leaks() == ()


def test_a_declared_group_on_one_side_is_fine() -> None:
    table = clean_classes()
    group = (np.arange(ROWS) % 5 == 0) * 1000 + GENERATOR.integers(0, 90, ROWS)
    assert replace(table, group=group.astype(np.int64), by="group").leaks() == ()


def test_a_key_on_both_sides_is_found() -> None:
    keys = pl.Series([f"k{i // 2}" for i in range(ROWS)])
    _only(replace(clean_classes(), key=keys), "entity", "number")


def test_a_column_that_acts_as_an_entity_is_suspected() -> None:
    base = clean_classes(ROWS // 3)
    rows = np.tile(np.arange(ROWS // 3), 3)
    columns = {n: s.gather(rows) for n, s in base.columns.items()}
    table = replace(base, columns=columns, label=base.label[rows])
    noise = GENERATOR.normal(size=ROWS)
    findings = table.plus(noise=noise, patient=[f"p{r}" for r in rows]).leaks()
    assert [(f.columns, f.severity) for f in findings if f.kind == "entity"] == [
        (("patient",), Severity.SUSPECT)
    ]


def test_a_category_of_many_values_that_helps_is_no_entity() -> None:
    table = clean_classes()
    places = GENERATOR.integers(0, 200, ROWS)
    assert table.plus(place=[f"t{p}" for p in places]).leaks() == ()


def test_a_time_after_the_examples_that_tells_the_outcome_is_found() -> None:
    table = clean_classes()
    start = np.datetime64("2024-01-01", "us").astype(np.int64)
    time = start + np.sort(GENERATOR.integers(0, 400, ROWS)) * DAY_US
    days = 5 + 30 * table.label + GENERATOR.exponential(5, ROWS)
    table = replace(table, time=time.astype("datetime64[us]"), by="time")
    closed = (time + (days * DAY_US).astype(np.int64)).astype("datetime64[us]")
    _only(table.plus(closed=closed), "after the label", "closed")


def test_a_due_date_ahead_is_no_leak() -> None:
    table = clean_classes()
    time = np.sort(GENERATOR.integers(0, 400, ROWS)) * DAY_US
    due = time + GENERATOR.integers(10, 60, ROWS) * DAY_US
    table = replace(table, time=time.astype("datetime64[us]"), by="time")
    assert table.plus(due=due.astype("datetime64[us]")).leaks() == ()


def test_a_time_between_two_times_is_a_difference() -> None:
    table = clean_values()
    start = GENERATOR.integers(0, 365 * DAY_US, ROWS)
    seconds = np.round(600 + 200 * np.abs(table.label))
    end = start + (seconds * 1e6).astype(np.int64)
    times = {n: t.astype("datetime64[us]") for n, t in (("picked", start), ("dropped", end))}
    _only(replace(table, label=seconds).plus(**times), "sum", "picked", "dropped")


def test_a_curve_is_found_where_the_column_is_filled() -> None:
    table = clean_values()
    signed = (table.label - table.label.min()) * GENERATOR.choice([-1.0, 1.0], ROWS)
    gaps = [None if i % 3 else value for i, value in enumerate(signed)]
    assert [f.columns for f in table.plus(signed=gaps).leaks()] == [("signed",)]


def test_a_value_cut_into_bands_is_suspected() -> None:
    table = clean_values()
    bands = np.searchsorted(np.quantile(table.label, np.linspace(0, 1, 21)[1:-1]), table.label)
    findings = table.plus(band=[f"band {b}" for b in bands]).leaks()
    assert [(f.kind, f.severity) for f in findings] == [("near function", Severity.SUSPECT)]
