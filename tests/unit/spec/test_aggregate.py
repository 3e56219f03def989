import re
from datetime import timedelta

import pytest

from keel.spec.aggregate import Aggregate, find_aggregates
from keel.spec.tokens import GrammarError

DAY = timedelta(days=1)


def only(text: str) -> tuple[Aggregate, ...]:
    (written,) = find_aggregates(text)
    assert text[written.begin : written.end] == text
    return written.aggregates


def test_an_aggregate_is_read_with_all_its_parts() -> None:
    text = "sum(amount * if(channel = 'a, (b', 1, 2) where hour(at) < 6) over 1h, 7d by customer"
    first, second = only(text + " including self")
    assert first == Aggregate(
        "sum",
        "amount * if(channel = 'a, (b', 1, 2)",
        "hour(at) < 6",
        timedelta(hours=1),
        "customer",
        None,
        including_self=True,
    )
    assert second.window == 7 * DAY


def test_labels_may_be_seen_late_and_windows_may_have_no_end() -> None:
    (delayed,) = only("mean(is_fraud) over 28d delayed 7d by terminal")
    assert (delayed.window, delayed.delayed) == (28 * DAY, 7 * DAY)
    (whole,) = only("count() over lifetime by customer")
    assert (whole.window, whole.argument) == (None, "")


def test_words_may_be_written_as_sql_often_is() -> None:
    text = "SUM(amount WHERE ok) FROM logins OVER 1d DELAYED 2h BY customer"
    (upper,) = only(text)
    assert str(upper) == "sum(amount where ok) from logins over 1d delayed 2h by customer"


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("count() over 1d by c", True),
        ("sum(greatest(a, b)) over 7d by c", True),
        ("hour(at) <= 6", False),
        ("amount", False),
        ("coalesce(over, 1)", False),
        ("sum(a", False),
    ],
)
def test_aggregates_are_told_from_scalars(text: str, is_one: bool) -> None:
    assert bool(find_aggregates(text)) is is_one


@pytest.mark.parametrize(
    ("text", "told", "place"),
    [
        ("summ(a) over 7d by c", "did you mean 'sum'", 0),
        ("sum() over 7d by c", "sum needs what to take it of", 4),
        ("sum(a) over 7x by c", "7x is not a duration", 12),
        ("sum(a) over 0d by c", "0d is no time at all", 12),
        ("sum(a) over 99999999999d by c", "1e+11d is too long", 12),
        ("sum(a) over 36501d by c", "at most 36500d, a hundred years; or `lifetime`", 12),
        ("last_n(a, inf) over 7d by c", "last_n needs a number, from 1 to 100", 7),
        ("last_n(a, nan) over 7d by c", "last_n needs a number, from 1 to 100", 7),
        ("sum(a) over 7d", "expected `by`", 14),
        ("sum(a) over 7d by", "expected an entity", 17),
        ("sum(a) over 7d, 1w by c", "a window is there twice", 6),
        ("sum(a) over 7d delayed 1d by c including self", "cannot be `including self`", 6),
    ],
)
def test_what_is_wrong_is_pointed_at(text: str, told: str, place: int) -> None:
    with pytest.raises(GrammarError) as raised:
        find_aggregates(text)
    assert told in str(raised.value)
    assert raised.value.offset == pytest.approx(place, abs=1)


def test_aggregates_are_found_among_scalars() -> None:
    text = "sum(a) over 1h, 7d by c / nullif(count(where b = 'x, y') from logins over 1h by c, 0)"
    share, count = find_aggregates(text)
    assert [str(aggregate) for aggregate in share.aggregates] == [
        "sum(a) over 1h by c",
        "sum(a) over 7d by c",
    ]
    assert text[: share.end] == "sum(a) over 1h, 7d by c"
    assert str(count.aggregates[0]) == "count(where b = 'x, y') from logins over 1h by c"
    assert text[count.begin : count.end] == str(count.aggregates[0])


def test_quoted_words_are_no_aggregates() -> None:
    assert not find_aggregates("'count() over 1d by c' || x")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("quantile(a) over 1d by c", "which one: quantile(amount, 0.9)"),
        ("quantile(a, 2) over 1d by c", "a number, from 0 to 1"),
        ("last_n(a, 2.5) over 1d by c", "how many: last_n(amount, 5)"),
        ("top_k(a, b) over 1d by c", "how many: top_k(channel, 3)"),
        ("distinct_count(a, 0) over 1d by c", "the cap"),
        ("since_last(a) over 1d by c", "since_last is of events"),
    ],
)
def test_parameters_are_held_to_their_range(text: str, told: str) -> None:
    with pytest.raises(GrammarError, match=re.escape(told)):
        find_aggregates(text)
