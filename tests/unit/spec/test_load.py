"""Reading and writing declarations."""

import pytest

from keel.errors import DeclarationError, InputError
from keel.spec.kinds import read_task
from keel.spec.load import load_system
from keel.spec.write import write_system

GOOD = """\
system: fraud
task: classify
data:
  payments: {table: payments.parquet, key: tx_id, time: tx_time}
label: {column: is_fraud, known_after: 7d, positive: yes}
features: {amount: amount, night: hour(tx_time) <= 6}
expect: {amount: {type: number, min: 0, not_null: true}}
decide: {deliver: otherwise, flag: precision >= 0.9, quarantine: precision >= 99%}
promises:
  - average_precision >= 0.60
  - demographic_parity_ratio by 'age band' >= 0.80
  - beats champion on average_precision by 0.01
  - no leakage
  - latency_p99 <= 20 ms
train: {trials: 5, seed: 3, ignore: [duration]}
"""


def problems_of(text: str) -> list[str]:
    with pytest.raises(DeclarationError) as caught:
        load_system(text, "keel.yaml")
    return caught.value.problems


def test_a_declaration_survives_being_written_and_read_again():
    system = load_system(GOOD)
    assert load_system(write_system(system)) == system


def test_yes_is_a_class_name_and_not_a_boolean():
    assert load_system(GOOD).label.positive == "yes"


def test_a_number_or_a_boolean_as_a_class_name_is_text():
    assert load_system(GOOD.replace("positive: yes", "positive: 1")).label.positive == "1"
    assert load_system(GOOD.replace("positive: yes", "positive: true")).label.positive == "true"


def test_a_latency_in_seconds_is_held_in_milliseconds():
    text = GOOD.replace("latency_p99 <= 20 ms", "latency_p99 <= 0.5 s")
    assert load_system(text).promises[4].bar == 500


def test_an_unknown_key_names_its_line_and_the_nearest_spelling():
    [problem] = problems_of(GOOD.replace("trials: 5", "trails: 5"))
    assert problem.startswith("keel.yaml:15: train.trails")
    assert "did you mean 'trials'?" in problem


def test_a_key_without_a_near_spelling_lists_what_is_allowed():
    [problem] = problems_of(GOOD.replace("trials: 5", "zzz: 5"))
    assert "minutes" in problem
    assert "trials" in problem


def test_a_word_that_is_no_task_is_refused_with_the_nearest():
    with pytest.raises(InputError, match="did you mean 'recommend'"):
        read_task("recomend")


def test_every_problem_of_a_file_is_reported_at_once():
    text = GOOD.replace("7d", "7x").replace("classify", "clasify").replace("seed: 3", "seed: -3")
    problems = problems_of(text)
    assert [p.split(": ")[1] for p in problems] == ["task", "label.known_after", "train.seed"]
    assert "write a number and a unit" in problems[1]
    assert "'classify', 'regress'" in problems[0]


def test_a_promise_that_does_not_parse_shows_the_place():
    [problem] = problems_of(GOOD.replace("average_precision >= 0.60", "average_precision > = 0.60"))
    line, text, caret = problem.split("\n")
    assert line.startswith("keel.yaml:10: promises.0")
    assert text[caret.index("^")] == "="


@pytest.mark.parametrize(
    ("promise", "complaint"),
    [
        ("no leekage", "expected a comparison"),
        ("average_precision >=", "a number, but found the end"),
        ("average_precision >= 0.6 furlongs", "'furlongs' is not a unit"),
        ("beats champion on", "expected the name of a metric"),
        ("recall at precision >= 0.4", "expected the level"),
        ("accuracy >= 0.5 0.6", "did not expect '0.6'"),
        ("accuracy # 0.5", "cannot read '#'"),
    ],
)
def test_a_wrong_promise_says_what_was_expected(promise: str, complaint: str):
    text = GOOD.replace("- no leakage", f"- '{promise}'")
    assert complaint in problems_of(text)[0]


@pytest.mark.parametrize(
    ("rule", "complaint"),
    [
        ("precison >= 0.9", "is not a rule"),
        ("cost(false_alarm=1)", "is not a cost"),
        ("alerts <= many", "expected the budget"),
        ("alerts <= 20", "alerts <= 20 per day"),
        ("false_alarms <= 3", "false_alarms <= 3 per day"),
        ("recall >= 95", "lies between 0 and 1"),
        ("threshold 50", "lies between 0 and 1"),
        ("{a: f1, b: f1}", "the first and only the first"),
        ("{a: otherwise}", "at least two actions"),
    ],
)
def test_a_wrong_decision_says_what_is_allowed(rule: str, complaint: str):
    lines = [f"decide: {rule}" if x.startswith("decide") else x for x in GOOD.splitlines()]
    assert complaint in problems_of("\n".join(lines))[0]


def test_a_duration_needs_its_unit():
    assert "7 has no unit" in problems_of(GOOD.replace("known_after: 7d", "known_after: 7"))[0]


def test_a_template_that_was_not_filled_in_is_refused():
    assert "a key must be plain text" in problems_of("system: {{name}}\n")[0]


def test_a_key_given_twice_is_refused():
    assert "given twice" in problems_of(GOOD + "task: regress\n")[0]


def test_what_is_not_yaml_is_refused_with_its_line():
    assert problems_of("system: a\n  x: [\n")[0].startswith("keel.yaml:2: not YAML")


def test_an_empty_file_is_refused():
    assert "expected keys" in problems_of("")[0]
