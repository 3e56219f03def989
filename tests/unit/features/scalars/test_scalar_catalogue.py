"""Every function of the whitelist does what its example says, and survives what is missing."""

import datetime as dt

import polars as pl
import pytest

from keel.data.table import PHYSICAL
from keel.features.expression import parse_expression
from keel.features.scalars.catalogue import FUNCTIONS, GROUPS
from keel.features.scalars.function import Function
from keel.features.scalars.syntax import parse_scalar, write_scalar
from keel.spec.kinds import Kind
from keel.spec.tokens import GrammarError

EVERY = [function for group in GROUPS.values() for function in group]
KINDS = {
    "t": Kind.TIME,
    "number": Kind.NUMBER,
    "text": Kind.CATEGORY,
    "boolean": Kind.BOOLEAN,
    "time": Kind.TIME,
}
MOMENT = dt.datetime(2024, 3, 31, 1, 30, 15, 250_000)
WRITTEN = {"any": "number", "shown": "text", "zone": "'UTC'", "pattern": "'(a)'", "form": "'1'"}
STRANGE = {
    Kind.NUMBER: [None, 0.0, -0.0, -1.0, 0.5, 1e308, -1e308, 1e-308, 2.0**63, -(2.0**63)],
    Kind.CATEGORY: [None, "", " ", "a", "nan", "$1", "\\", "%_", "日本 é", "(["],
    Kind.BOOLEAN: [None, True, False, None, True, False, None, True, False, None],
    Kind.TIME: [None, MOMENT, dt.datetime(1, 1, 1), dt.datetime(9999, 12, 31), *[MOMENT] * 6],
}


def test_there_are_many_functions_and_no_name_stands_for_two() -> None:
    names = [name for function in EVERY for name in (function.name, *function.aliases)]
    assert len(names) == len(set(names)) == len(FUNCTIONS)
    assert len(EVERY) >= 60


@pytest.mark.parametrize("function", EVERY, ids=lambda function: function.name)
def test_a_function_gives_what_its_example_says(function: Function) -> None:
    rows = pl.DataFrame({"t": [MOMENT]})
    expression = parse_expression(function.example, {"t": Kind.TIME})
    found = rows.select(expression.polars.alias("found"))["found"]
    assert found.dtype == PHYSICAL[expression.kind]
    expected = function.value
    if isinstance(expected, float):
        expected = pytest.approx(expected, rel=1e-14, abs=1e-15)
    assert found[0] == expected


@pytest.mark.parametrize("function", EVERY, ids=lambda function: function.name)
def test_a_function_is_never_nan_or_infinite_and_never_fails(function: Function) -> None:
    arguments = []
    for parameter in function.takes:
        written = f"'{parameter.words[0]}'" if parameter.words else WRITTEN.get(parameter.type)
        arguments.append(written or parameter.type)
    if function.name in ("lpad", "rpad"):
        arguments = ["text", "3", "' '"]
    options = [i for i, parameter in enumerate(function.takes) if parameter.name == "options"]
    for place in options:
        arguments[place] = "'g'"
    rows = pl.DataFrame(
        {name: pl.Series(STRANGE[kind], dtype=PHYSICAL[kind]) for name, kind in KINDS.items()}
    )
    text = f"{function.name}({', '.join(arguments)})"
    expression = parse_expression(text, KINDS)
    found = rows.select(expression.polars.alias("found"))["found"]
    assert found.dtype == PHYSICAL[expression.kind]
    if found.dtype == pl.Float64:
        assert found.drop_nulls().is_finite().all(), found.to_list()


@pytest.mark.parametrize("function", EVERY, ids=lambda function: function.name)
def test_a_call_that_is_parsed_and_written_again_says_the_same(function: Function) -> None:
    again = write_scalar(parse_scalar(function.example))
    assert write_scalar(parse_scalar(again)) == again
    first, second = (
        parse_expression(text, {"t": Kind.TIME}).polars for text in (function.example, again)
    )
    assert first.meta.eq(second)


@pytest.mark.parametrize("function", EVERY, ids=lambda function: function.name)
def test_too_many_arguments_are_refused(function: Function) -> None:
    if function.takes and function.takes[-1].many:
        return
    arguments = ", ".join(["t"] * (len(function.takes) + 1))
    with pytest.raises(GrammarError, match="takes"):
        parse_expression(f"{function.name}({arguments})", {"t": Kind.TIME})


@pytest.mark.parametrize(
    "text",
    [
        "t + interval 3 months",
        "t - interval '-2' day",
        "hour(t at time zone 'Europe/Berlin')",
        "extract(hour from t)",
        "t::date = date '2024-03-31'",
        "try_cast('1' as int) ** 2 % 3",
        "case hour(t) when 1 then 'it''s' else null end",
        "if(t is not null, 1, 2) not in (1, null)",
        "t is distinct from null and not 'a_' ilike '%' || 'A'",
        "1 between -1 and 2.5e3",
        "true or (false)",
    ],
)
def test_syntax_that_is_parsed_and_written_again_says_the_same(text: str) -> None:
    again = write_scalar(parse_scalar(text))
    first, second = (parse_expression(it, {"t": Kind.TIME}).polars for it in (text, again))
    assert first.meta.eq(second)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("date_sub('month', timestamp '2024-01-31', timestamp '2024-02-29')", 1.0),
        ("date_sub('month', timestamp '2024-02-29', timestamp '2024-03-28')", 0.0),
        ("date_sub('year', timestamp '2000-02-29', timestamp '2024-02-28')", 23.0),
        ("date_sub('hour', timestamp '2024-01-01 01:30', timestamp '2024-01-01')", -1.0),
        ("date_diff('hour', timestamp '1969-12-31 23:30', timestamp '1970-01-01 00:30')", 1.0),
        ("date_diff('week', timestamp '2024-01-07', timestamp '2024-01-08')", 1.0),
        ("date_trunc('week', timestamp '1969-12-31')", dt.datetime(1969, 12, 29)),
        ("week(timestamp '2024-12-30')", 1.0),
        ("isoyear(timestamp '2024-12-30')", 2025.0),
        ("timestamp '2024-01-31' + interval 1 month", dt.datetime(2024, 2, 29)),
        ("make_timestamp(2024, 2, 30, 0, 0, 0)", None),
        ("strptime('31.02.2024', '%d.%m.%Y')", None),
        ("round(-2.5)", -3.0),
        ("round(2.345, 2)", 2.35),
        ("round(1234.5, -2)", 1200.0),
        ("mod(-7.5, 2)", -1.5),
        ("log(1, 8)", None),
        ("substring('hello', -3, 2)", "ll"),
        ("left('hello', -2)", "hel"),
        ("right('hello', -2)", "llo"),
        ("strpos('日本', '本')", 2.0),
        ("strpos('', '')", 1.0),
        ("split_part('a-b', '-', -1)", "b"),
        ("split_part('a-b', '-', 3)", ""),
        ("lpad('hello', 3, 'x')", "hel"),
        ("regexp_replace('aaa', 'a', '$1')", "$1aa"),
        ("regexp_replace('aaa', 'a', 'b', 'g')", "bbb"),
        ("regexp_extract('abc', 'x')", ""),
        ("replace('abc', '', 'x')", "abc"),
        ("concat_ws('-', 'a', null, 'b')", "a-b"),
    ],
)
def test_edges_are_those_of_duckdb(text: str, expected: object) -> None:
    """Values are what DuckDB 2.0 answers, but that a new week begins on each Monday (it counts
    whole weeks there) and that what is not finite is missing."""
    value = parse_expression(text, {}).polars
    assert pl.select(value.alias("found"))["found"][0] == expected
