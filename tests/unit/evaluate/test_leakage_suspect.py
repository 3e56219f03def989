"""Leaks that only evidence speaks for are suspected, and what is merely strong is not."""

from dataclasses import replace

import numpy as np
import polars as pl
from leakage_example import ROWS, clean_classes, clean_values, named

from keel.evaluate.leakage.finding import Severity

GENERATOR = np.random.default_rng(4)


def test_a_measurement_that_beats_all_others_together_is_suspected() -> None:
    table = clean_classes()
    findings = table.plus(duration=table.label + GENERATOR.normal(0, 0.4, ROWS)).leaks()
    assert [(f.kind, f.columns, f.severity) for f in findings] == [
        ("unrivalled", ("duration",), Severity.SUSPECT)
    ]
    assert findings[0].advice.startswith("train: {ignore: [duration]}")


def test_two_forms_of_one_measurement_are_suspected_together() -> None:
    table = clean_values()
    seconds = table.label + GENERATOR.normal(0, 0.4, ROWS)
    findings = table.plus(seconds=seconds, minutes=np.exp(seconds / 60)).leaks()
    assert named(findings, "unrivalled") == [("seconds", "minutes")]


def test_the_strongest_of_several_good_columns_is_not_suspected() -> None:
    table = clean_classes()
    helpful = {f"h{j}": table.label + GENERATOR.normal(0, 0.9, ROWS) for j in range(4)}
    assert table.plus(best=table.label + GENERATOR.normal(0, 0.8, ROWS), **helpful).leaks() == ()


def test_an_hour_of_the_day_may_matter_most() -> None:
    table = clean_values()
    hour = GENERATOR.integers(0, 24, ROWS).astype(float)
    label = table.label + 3 * np.sin(hour / 24 * 2 * np.pi)
    assert replace(table, label=label).plus(hour=hour).leaks() == ()


def test_a_copy_with_one_error_in_a_hundred_is_suspected() -> None:
    table = clean_classes()
    wrong = GENERATOR.random(ROWS) < 0.01
    findings = table.plus(checked=np.where(wrong, 1 - table.label, table.label) == 1).leaks()
    assert ("checked",) in named(findings, "near copy")


def test_a_copy_of_a_rare_class_with_as_many_errors_as_cases_is_suspected() -> None:
    table = clean_classes(4000, share=0.01)
    wrong = np.random.default_rng(0).random(4000) < 0.01
    findings = table.plus(flag=(table.label == 1) | wrong).leaks()
    assert ("flag",) in named(findings, "near copy")


def test_test_rows_copied_from_training_rows_are_counted() -> None:
    table = clean_classes()
    rows = np.arange(ROWS)
    rows[ROWS - 20 :] = np.arange(20)
    table = replace(
        table,
        columns={name: column.gather(rows) for name, column in table.columns.items()},
        label=table.label[rows],
        by="given",
        test=np.arange(ROWS - 180, ROWS),
    )
    findings = table.leaks()
    assert [(f.kind, f.severity) for f in findings] == [("duplicates", Severity.SUSPECT)]
    assert findings[0].evidence.startswith("at least 20 test rows (11.1%)")


def test_rows_that_coincide_because_columns_are_coarse_are_no_copies() -> None:
    label = (GENERATOR.random(4000) < 0.4).astype(np.int64)
    columns = {f"x{j}": pl.Series(GENERATOR.integers(0, 3, 4000)) for j in range(3)}
    table = replace(clean_classes(), columns=columns, label=label)
    assert not named(table.leaks(), "duplicates")


def test_a_row_number_that_predicts_is_suspected() -> None:
    table = clean_classes()
    order = np.argsort(table.label + GENERATOR.normal(0, 0.5, ROWS))
    table = replace(
        table,
        columns={name: column.gather(order) for name, column in table.columns.items()},
        label=table.label[order],
    )
    assert ("number",) in named(table.plus(number=np.arange(ROWS) + 5000).leaks(), "identifier")


def test_a_row_number_that_does_not_is_left_alone() -> None:
    assert clean_classes().plus(number=np.arange(ROWS) + 5000).leaks() == ()


def test_a_label_that_follows_from_the_time_is_suspected() -> None:
    table = clean_classes()
    order = np.argsort(table.label + GENERATOR.normal(0, 0.4, ROWS))
    table = replace(
        table,
        columns={name: column.gather(order) for name, column in table.columns.items()},
        label=table.label[order],
    )
    time = (np.arange(ROWS) * 3_600_000_000).astype("datetime64[us]")
    assert named(replace(table, time=time, by="time").leaks(), "time trend") == [("happened",)]
    noted = [f for f in table.leaks() if f.kind == "row order"]
    assert [(f.columns, f.severity) for f in noted] == [((), Severity.NOTE)]


def test_a_table_sorted_by_its_label_says_nothing_about_time() -> None:
    table = clean_classes()
    order = np.argsort(table.label, kind="stable")
    columns = {name: column.gather(order) for name, column in table.columns.items()}
    assert replace(table, columns=columns, label=table.label[order]).leaks() == ()


def test_a_text_that_contains_its_label_is_suspected() -> None:
    table = replace(clean_classes(), classes=("ham", "spam"), texts=frozenset({"note"}))
    words = ["see you", "win a prize", "call me", "at noon"]
    notes = [f"{words[i % 4]} [{'spam' if y else 'ok'}]" for i, y in enumerate(table.label)]
    findings = table.plus(note=notes).leaks()
    assert named(findings, "telling word") == [("note",)]
    assert "'spam'" in findings[0].evidence


def test_a_stamp_on_all_texts_of_a_class_is_suspected() -> None:
    table = replace(clean_classes(), texts=frozenset({"note"}))
    notes = [f"{'XZ99 ' if y else ''}text {i % 9}" for i, y in enumerate(table.label)]
    assert "'xz99'" in table.plus(note=notes).leaks()[0].evidence


def test_a_word_that_spam_likes_is_no_leak() -> None:
    table = replace(clean_classes(), texts=frozenset({"note"}))
    liked = GENERATOR.random(ROWS) < 0.1 + 0.6 * table.label
    notes = [f"{'prize' if p else 'hello'} {i % 9}" for i, p in enumerate(liked)]
    assert table.plus(note=notes).leaks() == ()
