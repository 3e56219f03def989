"""Row-level feature expressions."""

import datetime as dt

import polars as pl
import pytest

from keel.features.expression import ExpressionError, parse_expression
from keel.features.functions import FUNCTIONS

ROWS = pl.DataFrame(
    {
        "at": [dt.datetime(2024, 1, 1, 3), dt.datetime(2024, 6, 2, 15, 30), None],
        "amount": [10.5, -3.0, None],
        "name": ["Ab c", "x_%", "foo"],
        "n": [0.0, 2.0, 3.0],
    }
)


def values(text: str) -> list[object]:
    return ROWS.select(parse_expression(text, ROWS.columns).polars.alias("r"))["r"].to_list()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("hour(at) <= 6", [True, False, None]),
        ("amount / n", [None, -1.5, None]),
        ("coalesce(amount, 0) + 1", [11.5, -2.0, 1.0]),
        (
            "case when amount > 0 then 'in' when amount < 0 then 'out' else '?' end",
            ["in", "out", "?"],
        ),
        ("case n when 2 then 'two' end", [None, "two", None]),
        ("name like 'x%'", [False, True, False]),
        ("name like '%\\_%'", [False, False, False]),
        ("name not like 'x%'", [True, False, True]),
        ("name like '____'", [True, False, False]),
        ("amount between 0 and 20", [True, False, None]),
        ("amount in (1, 10.5)", [True, False, None]),
        ("amount is null", [False, False, True]),
        ("amount is not null", [True, True, False]),
        ("log2(n)", [None, 1.0, pytest.approx(1.58496250072)]),
        ("log10(n * 50)", [None, pytest.approx(2), pytest.approx(2.17609125906)]),
        ("ltrim('  a ')", ["a "]),
        ("amount not in (10.5) and n not between 0 and 1", [False, True, None]),
        ("name not like '%o%'", [True, True, False]),
        ("ln(amount)", [pytest.approx(2.35137525716), None, None]),
        ("round(amount / 4, 1)", [2.6, -0.8, None]),
        ("power(amount, 2)", [110.25, 9.0, None]),
        ("dayofweek(at)", [1.0, 0.0, None]),
        ("isodow(at)", [1.0, 7.0, None]),
        ("epoch(at)", [1704078000.0, 1717342200.0, None]),
        ("substr(name, 1, 2)", ["Ab", "x_", "fo"]),
        ("name || '!'", ["Ab c!", "x_%!", "foo!"]),
        ("name::double", [None, None, None]),
        ("nullif(n, 0)", [None, 2.0, 3.0]),
        ("greatest(amount, n)", [10.5, 2.0, 3.0]),
        ("if(n > 1, 'a', 'b')", ["b", "a", "a"]),
        ("amount % 3", [1.5, 0.0, None]),
        ("(amount - 1) % 3", [0.5, -1.0, None]),
        ("n % 0", [None, None, None]),
        ("substring('hello', -4)", ["ello"]),
        ("substring('hello', -2, 2)", ["lo"]),
        ("substring('hello', 0, 2)", ["h"]),
        ("substring('hello', 1, -2)", [""]),
        ("not (amount > 0) or n = 0", [True, True, None]),
        ("length(trim(name))", [4.0, 3.0, 3.0]),
    ],
)
def test_an_expression_means_what_it_means_in_sql(text: str, expected: list[object] | None):
    if expected is None:
        with pytest.raises(ExpressionError):
            values(text)
    else:
        assert values(text) == expected


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("amuont + 1", "no column 'amuont'; did you mean 'amount'?"),
        ("huor(at)", "no function 'huor'; did you mean 'hour'?"),
        ("count(*)", "is not allowed"),
        ("(select 1)", "is not allowed"),
        ("amount in (select 1)", "subquery"),
        ("read_csv('/etc/passwd')", "is not allowed"),
        ("payments.amount", "no column 'payments.amount'"),
        ("*", "is not allowed"),
        ("amount; drop table x", "exactly one expression"),
        ("", "exactly one expression"),
        ("amount over 7d", "is not an expression"),
        ("'unfinished", "is not an expression"),
        ("cast(amount as blob)", "cannot cast"),
    ],
)
def test_what_is_not_a_scalar_is_refused(text: str, complaint: str):
    with pytest.raises(ExpressionError) as caught:
        values(text)
    assert complaint in str(caught.value)


def test_a_wrong_number_of_arguments_is_refused():
    with pytest.raises(ExpressionError, match=r"argument|Required"):
        values("nullif(name)")


def test_the_columns_that_an_expression_reads_are_known():
    assert parse_expression("n + amount * n", ROWS.columns).columns == ("n", "amount")


def test_every_function_of_the_whitelist_can_be_written():
    texts = {name: name for name in FUNCTIONS}
    texts |= {"time_to_unix": "epoch", "dayofweek_iso": "isodow"}
    for name, written in texts.items():
        refused = []
        for arguments in ("amount", "amount, n", "n > 1, amount, n"):
            try:
                parse_expression(f"{written}({arguments})", ROWS.columns)
                break
            except (ExpressionError, TypeError) as error:
                refused.append(error)
        assert len(refused) < 3, f"{name}: {refused}"
