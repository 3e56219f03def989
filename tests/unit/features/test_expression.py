"""Row-level feature expressions."""

import datetime as dt

import polars as pl
import pytest

from keel.data.table import PHYSICAL
from keel.features.expression import parse_expression
from keel.spec.kinds import Kind
from keel.spec.tokens import GrammarError

ROWS = pl.DataFrame(
    {
        "at": [dt.datetime(2024, 1, 1, 3), dt.datetime(2024, 6, 2, 15, 30), None],
        "amount": [10.5, -3.0, None],
        "name": ["Ab c", "x_%", "foo"],
        "n": [0.0, 2.0, 3.0],
    }
)
MARCH = dt.datetime(2024, 3, 1)
KINDS = {"at": Kind.TIME, "amount": Kind.NUMBER, "name": Kind.CATEGORY, "n": Kind.NUMBER}


def values(text: str) -> list[object]:
    found = ROWS.select(parse_expression(text, KINDS).polars.alias("r"))["r"].to_list()
    # What reads no column is the same for every row.
    return found * (len(ROWS) // len(found))


def test_a_long_sum_is_as_long_as_it_is_written() -> None:
    text = "amount" + " + n" * 60
    assert len(str(parse_expression(text, KINDS).polars)) < 20_000
    assert values(text) == [10.5, 117.0, None]
    assert values(text.replace(" n", " 1e308") + " - 1e308") == [None, None, None]


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
        ("ltrim('  a ')", ["a "] * 3),
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
        ("n % 2 = 0", [True, True, False]),
        ("power(10, 400) > 0", [None, None, None]),
        ("exp(1000) - exp(1000)", [None, None, None]),
        ("if(amount / 0 > 0, 1, 0)", [0.0, 0.0, 0.0]),
        ("cast('nan' as double)", [None, None, None]),
        ("cast(' 1_000.5 ' as double)", [1000.5] * 3),
        ("cast(amount as int)", [10.0, -3.0, None]),
        ("cast(amount as text)", ["10.5", "-3", None]),
        ("cast(at as text)", ["2024-01-01 03:00:00", "2024-06-02 15:30:00", None]),
        ("cast('yes' as boolean) and n = 0", [True, False, False]),
        ("date '2024-01-01' = date_trunc('day', at)", [True, False, None]),
        ("at > '2024-02-01'", [False, True, None]),
        ("cast('2024-02-30' as timestamp) is null", [True] * 3),
        ("null", None),
        ("n in (0, null)", [True, None, None]),
        ("n not in (0, null)", [False, None, None]),
        ("null and n = 0", [None, False, False]),
        ("null or n = 0", [True, None, None]),
        ("amount is distinct from null", [True, True, False]),
        ("not amount > 0 is true", [False, True, True]),
        ("case when amount > 0 then 1 end", [1.0, None, None]),
        ("coalesce(amount > 0, 2)", [1.0, 0.0, 2.0]),
        ("nullif(name, 'foo')", ["Ab c", "x_%", None]),
        ("greatest(at, timestamp '2024-03-01')", [MARCH, dt.datetime(2024, 6, 2, 15, 30), MARCH]),
        (
            "at + interval 1 month",
            [dt.datetime(2024, 2, 1, 3), dt.datetime(2024, 7, 2, 15, 30), None],
        ),
        (
            "at - interval '2' hours",
            [dt.datetime(2024, 1, 1, 1), dt.datetime(2024, 6, 2, 13, 30), None],
        ),
        ("extract(year from at)", [2024.0, 2024.0, None]),
        ("hour(at, 'Europe/Berlin')", [4.0, 17.0, None]),
        ("hour(at at time zone 'America/New_York')", [22.0, 11.0, None]),
        ("n || ' of ' || name", ["0 of Ab c", "2 of x_%", "3 of foo"]),
        ("name || null", [None, None, None]),
        ("concat(name, amount, null)", ["Ab c10.5", "x_%-3", "foo"]),
        ("HOUR(at)", [3.0, 15.0, None]),
        ("\"name\" = 'foo' -- the last", [False, False, True]),
        ("nullif(n, 0)", [None, 2.0, 3.0]),
        ("greatest(amount, n)", [10.5, 2.0, 3.0]),
        ("if(n > 1, 'a', 'b')", ["b", "a", "a"]),
        ("amount % 3", [1.5, 0.0, None]),
        ("(amount - 1) % 3", [0.5, -1.0, None]),
        ("n % 0", [None, None, None]),
        ("substring('hello', -4)", ["ello"] * 3),
        ("substring('hello', -2, 2)", ["lo"] * 3),
        ("substring('hello', 0, 2)", ["h"] * 3),
        ("substring('hello', 1, -2)", [""] * 3),
        ("not (amount > 0) or n = 0", [True, True, None]),
        ("length(trim(name))", [4.0, 3.0, 3.0]),
    ],
)
def test_an_expression_means_what_it_means_in_sql(text: str, expected: list[object] | None):
    if expected is None:
        with pytest.raises(GrammarError):
            values(text)
    else:
        assert values(text) == expected


@pytest.mark.parametrize(
    ("text", "place", "complaint"),
    [
        ("1 + amuont", 4, "no column 'amuont'; did you mean 'amount'?"),
        ("1 + huor(at)", 4, "no function 'huor'; did you mean 'hour'?"),
        ("n + sum(amount)", 4, "sum is an aggregate; say of which events"),
        ("count(*)", 0, "count is an aggregate"),
        ("length(*)", 7, "`*` is not allowed here"),
        ("n + (select 1)", 12, "a subquery is not allowed here"),
        ("amount in (select 1)", 0, "is not allowed here"),
        ("exists(select 1)", 14, "a subquery is not allowed here"),
        ("read_csv('/etc/passwd')", 0, "no function 'read_csv'"),
        ("read_text('/etc/passwd')", 0, "no function 'read_text'"),
        ("getenv('HOME')", 0, "no function 'getenv'"),
        ("payments.amount", 0, "no column 'payments.amount'"),
        ("*", 0, "`*` is not allowed here"),
        ("amount; drop table x", 8, "no scalar expression"),
        ("amount; n", 0, "is not allowed here"),
        ("", 0, "no scalar expression"),
        ("amount over 7d", 7, "no scalar expression"),
        ("amount as a", 7, "no scalar expression"),
        ("pragma version", 7, "no scalar expression"),
        ("select 1", 0, "no scalar expression"),
        ("copy n to 'x'", 5, "no scalar expression"),
        ("attach 'x.db'", 7, "no scalar expression"),
        ("set threads = 1", 4, "no scalar expression"),
        ("'unfinished", 0, "never closed"),
        ("(amount + 1", 10, "no scalar expression"),
        ("cast(amount as blob)", 5, "cannot cast to 'blob'"),
        ("cast(amount as timestamp)", 5, "a number is never a time"),
        ("cast(at as double)", 5, "a time is never a number"),
        ("hour(amount)", 5, "hour needs a time here, but this is a number"),
        ("amount + name", 9, "needs a number here, but this is a text"),
        ("amount = name", 9, "a text cannot stand beside a number"),
        ("coalesce(amount, 'x')", 17, "a text cannot stand beside a number"),
        ("case when n then 1 end", 10, "a condition needs a boolean"),
        ("case when n > 1 then 1 else 'a' end", 28, "a text cannot stand beside a number"),
        ("nullif(name)", 0, "nullif takes nullif(value, other), not 1 arguments"),
        ("pi(1)", 0, "pi takes pi(), not 1 arguments"),
        ("coalesce()", 0, "coalesce takes coalesce(values, …), not 0 arguments"),
        ("hour(at, 'Europe/Berln')", 9, "is not a time zone"),
        ("hour(at, name)", 9, "needs its zone written down"),
        ("date_trunc('dya', at)", 11, "'dya' is not a unit; did you mean 'day'?"),
        ("date_part('huor', at)", 10, "'huor' is not a part; did you mean 'hour'?"),
        ("at + interval 1 dya", 16, "is not a unit of time"),
        ("interval 1 day", 0, "an interval without a time"),
        ("regexp_matches(name, '(')", 21, "not a regular expression"),
        ("regexp_extract(name, 'a', 1)", 0, "has no group 1"),
        ("lpad(name, 100000, '0')", 0, "at most 1000"),
        ("row_number() over (order by n)", 0, "a window function is not allowed here"),
        ("lag(n) over ()", 0, "a window function is not allowed here"),
        ("concat(x -> x + 1)", 7, "is not allowed here"),
        ("[1, 2]", 1, "is not allowed here"),
        ("n[1]", 0, "is not allowed here"),
        ("{'a': 1}", 6, "is not allowed here"),
        ("(n, amount)", 1, "is not allowed here"),
        ("n // 2", 0, "write floor(a / b)"),
        ("n & 1", 0, "is not allowed here"),
        ("name like 'a!_' escape '!'", 0, "is not allowed here"),
        ("coalesce(distinct n)", 18, "is not allowed here"),
        ("coalesce(n order by n)", 9, "is not allowed here"),
        ("?", 0, "is not allowed here"),
        ("now()", 0, "no function 'now'"),
        ("random()", 0, "no function 'random'"),
        ("current_date", 0, "no column 'current_date'"),
        ("1e999", 0, "too large"),
        ("null", 0, "always missing"),
        (f"{'(' * 5000}n{')' * 5000}", 0, "nested too deeply"),
    ],
)
def test_what_is_not_a_scalar_is_refused_at_its_place(
    text: str, place: int, complaint: str
) -> None:
    with pytest.raises(GrammarError) as caught:
        values(text)
    assert complaint in str(caught.value)
    assert caught.value.offset == place


def test_a_mistake_in_a_text_of_several_lines_is_shown_in_its_line() -> None:
    with pytest.raises(GrammarError) as caught:
        values("case when n > 1\n  then huor(at)\nend")
    shown = str(caught.value).split("\n")
    assert shown[1:] == ["      then huor(at)", "           ^"]


def test_the_columns_that_an_expression_reads_are_known() -> None:
    assert parse_expression("n + amount * n", KINDS).columns == ("n", "amount")


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("n + 1", Kind.NUMBER),
        ("n > 1", Kind.BOOLEAN),
        ("upper(name)", Kind.CATEGORY),
        ("date_trunc('day', at)", Kind.TIME),
        ("coalesce(null, at)", Kind.TIME),
    ],
)
def test_the_kind_of_an_expression_is_known_before_it_is_run(text: str, kind: Kind) -> None:
    expression = parse_expression(text, KINDS)
    assert expression.kind is kind
    assert ROWS.select(expression.polars.alias("r")).schema["r"] == PHYSICAL[kind]


@pytest.mark.parametrize(
    ("at", "hour"),
    [
        (dt.datetime(2024, 3, 31, 0, 59), 1.0),
        (dt.datetime(2024, 3, 31, 1, 0), 3.0),
        (dt.datetime(2024, 10, 27, 0, 30), 2.0),
        (dt.datetime(2024, 10, 27, 1, 30), 2.0),
        (dt.datetime(1969, 12, 31, 23, 0), 0.0),
    ],
)
def test_clocks_jump_where_daylight_saving_begins_and_ends(at: dt.datetime, hour: float) -> None:
    rows = pl.DataFrame({"at": [at]}, schema={"at": pl.Datetime("us")})
    for text in ("hour(at, 'Europe/Berlin')", "hour(at at time zone 'Europe/Berlin')"):
        expression = parse_expression(text, {"at": Kind.TIME})
        assert rows.select(expression.polars.alias("r"))["r"].to_list() == [hour]
