from collections.abc import Mapping

import polars as pl
import pytest

from keel.data.table import Column
from keel.errors import DeclarationError
from keel.features.plan import FeaturePlan, plan_features
from keel.features.tables import EventTable
from keel.spec.kinds import Kind

DAY = 86_400_000_000
COLUMNS = (
    Column("id", Kind.CATEGORY),
    Column("at", Kind.TIME),
    Column("customer", Kind.CATEGORY),
    Column("shop", Kind.CATEGORY),
    Column("amount", Kind.NUMBER),
    Column("fraud", Kind.BOOLEAN),
)
PAYMENTS = EventTable(
    "payments",
    COLUMNS,
    "id",
    "at",
    late={"fraud": 7 * DAY},
    entities={"customer": "customer", "shop": "shop"},
)
CUSTOMERS = EventTable(
    "customers",
    (Column("customer", Kind.CATEGORY), Column("since", Kind.TIME), Column("income", Kind.NUMBER)),
    "customer",
    "since",
    entities={"customer": "customer"},
    of="customer",
)
LOGINS = EventTable(
    "logins",
    (Column("login", Kind.CATEGORY), Column("when", Kind.TIME), Column("customer", Kind.CATEGORY)),
    "login",
    "when",
    delay_us=DAY,
    entities={"customer": "customer"},
)
STATIC = EventTable(
    "shops",
    (Column("shop", Kind.CATEGORY), Column("town", Kind.CATEGORY)),
    "shop",
    entities={"shop": "shop"},
    of="shop",
)
TABLES = {t.name: t for t in (PAYMENTS, CUSTOMERS, LOGINS, STATIC)}


def plan(texts: Mapping[str, str]) -> FeaturePlan:
    return plan_features(texts, [c for c in COLUMNS if c.name != "fraud"], TABLES)


def problem(text: str, **others: str) -> str:
    with pytest.raises(DeclarationError) as raised:
        plan({"asked": text, **others})
    return str(raised.value)


def test_features_that_double_from_one_to_the_next_are_refused() -> None:
    doubling = {f"f{i}": f"f{i - 1} + f{i - 1}" for i in range(1, 40)}
    told = problem("f39 * 2", f0="amount + 1", **doubling)
    assert "written out where they are named" in told
    told = problem("sum(f39) over 1d by customer", f0="amount + 1", **doubling)
    assert "features.asked: 'f39': features are written out" in told
    once = {f"f{i}": f"f{i - 1} + 1" for i in range(1, 40)}
    assert len(plan({"f0": "amount + 1", **once}).columns) == 40


def test_several_windows_make_several_features() -> None:
    made = plan({"spend": "sum(amount) over 1h, 1d, lifetime by customer"})
    assert [c.name for c in made.columns] == ["spend_1h", "spend_1d", "spend_lifetime"]
    assert [f.window_us for f in made.figures] == [DAY // 24, DAY, None]
    assert made.texts["spend_1d"] == "sum(amount) over 1d by customer"


def test_several_values_make_several_features_under_one_declaration() -> None:
    made = plan({"shops": "last_n(shop, 2) over 7d by customer"})
    assert [(c.name, c.kind) for c in made.columns] == [
        ("shops_1", Kind.CATEGORY),
        ("shops_2", Kind.CATEGORY),
    ]
    assert made.texts == {"shops": "last_n(shop, 2) over 7d by customer"}
    assert plan(made.texts).columns == made.columns


def test_a_plan_read_back_from_its_texts_is_the_same() -> None:
    made = plan(
        {
            "spend": "sum(amount) over 1d, 7d by customer",
            "share": "spend_1d / spend_7d",
            "night": "hour(at) < 6",
            "nights": "sum(night) over 7d by customer",
            "rich": "customers.income > 3000",
        }
    )
    again = plan(made.texts)
    assert again.figures == made.figures
    assert again.columns == made.columns


def test_features_of_features_are_computed_from_what_those_are_computed_from() -> None:
    made = plan({"spend": "sum(amount) over 1d by customer", "rel": "amount / spend"})
    frame = pl.DataFrame({"amount": [4.0], "sum(amount) over 1d by customer": [8.0]})
    assert made.compute(frame).to_dicts() == [{"spend": 8.0, "rel": 0.5}]
    assert made.only(["rel"]).figures == made.figures


def test_a_label_is_seen_only_once_it_is_known() -> None:
    risk, more, plain = plan(
        {
            "risk": "mean(fraud) over 28d by shop",
            "more": "count(where fraud) over 28d delayed 9d by shop",
            "plain": "count() over 28d by shop",
        }
    ).figures
    assert (risk.delay_us, more.delay_us, plain.delay_us) == (7 * DAY, 9 * DAY, 0)


def test_events_of_a_table_are_seen_once_they_are_known() -> None:
    (figure,) = plan({"logins": "count() from logins over 7d by customer"}).figures
    assert figure.delay_us == DAY


def test_what_a_table_says_of_an_entity_is_looked_up() -> None:
    made = plan({"income": "customers.income", "town": "shops.town"})
    assert [(f.name, f.entity, f.window_us) for f in made.figures] == [
        ("as_of", "customer", None),
        ("as_of", "shop", None),
    ]
    assert [c.name for c in made.source] == ["at", "customer", "shop"]


def test_a_row_brings_what_its_own_event_adds() -> None:
    made = plan({"mine": "sum(amount) over 1d by customer including self"})
    assert [c.name for c in made.source] == ["id", "at", "customer", "amount"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("sum(amont) over 1d by customer", "did you mean 'amount'"),
        ("sum(amount) over 1d by custmer", "did you mean 'customer'"),
        ("sum(amount) over 1d by id", "'id' is not an entity"),
        ("count() from login over 1d by customer", "did you mean 'logins'"),
        ("count() from shops over 1d by shop", "shops has no time"),
        ("count() from logins over 1d by shop", "logins has no column of the entity 'shop'"),
        ("count() from logins over 1d by customer including self", "is no event of logins"),
        ("sum(shop) over 1d by customer", "sum is of numbers, not of a category"),
        ("max(shop) over 1d by customer", "max is of numbers or times"),
        ("sum(amount where shop) over 1d by customer", "a condition is true or false"),
        ("mean(fraud) over 28d delayed 1d by shop", "write `delayed 7d` or more"),
        ("mean(fraud) over 28d by shop including self", "leave out `including self`"),
        ("customers.incom + 1", "did you mean 'customers.income'"),
        ("fraud", "no column 'fraud'"),
        ("1 + last_n(shop, 2) over 1d by customer", "it stands alone"),
        ("last_n(shop, 2) over 1d, 2d by customer", "one window at a time"),
        ("sum(amount) over 1d, 2d by customer / count() over 1d by customer", "the same windows"),
        ("asked + 1", "in a circle: asked -> asked"),
        ("summ(amount) over 1d by customer", "did you mean 'sum'"),
    ],
)
def test_what_cannot_be_computed_is_told(text: str, told: str) -> None:
    assert told in problem(text)


def test_features_in_a_circle_are_named_in_turn() -> None:
    assert "asked -> other -> asked" in problem("other + 1", other="asked + 1")


def test_an_aggregate_of_an_aggregate_is_told() -> None:
    told = problem("mean(spend) over 7d by customer", spend="sum(amount) over 1d by customer")
    assert "spend is of many events itself" in told


def test_two_features_of_one_name_are_told() -> None:
    told = problem("amount", spend="sum(amount) over 1d, 2d by customer", spend_1d="amount * 2")
    assert "'spend_1d' stands for two features" in told


def test_what_others_are_computed_from_is_kept_out_of_sight() -> None:
    made = plan(
        {
            "night": "hour(at) < 6",
            "nights": "sum(night) over 1d, 7d by customer",
            "share": "nights_1d / nights_7d",
            "amount": "amount",
        }
    )
    some = made.only(["share"])
    assert [column.name for column in some.columns] == ["share"]
    assert sorted(some.texts) == ["night", "nights_1d", "nights_7d", "share"]
    again = plan(some.texts).only(["share"])
    assert (again.columns, again.figures) == (some.columns, some.figures)
    assert "amount" not in [column.name for column in some.source]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("amount / sum(amont) over 1d, 2d by customer", 14),
        ("amount / sum(amount) over 1d, 2d by custmer", 37),
        ("1 + count() from login over 1d by customer", 18),
        ("1 + sum(amount where amont > 1) over 1d by customer", 22),
        ("amount + sum(amount) over 1x by customer", 27),
        ("amount + summ(amount) over 1d by customer", 10),
        ("amount + hour(amont)", 15),
    ],
)
def test_mistakes_are_shown_at_their_place_in_the_whole_text(text: str, place: int) -> None:
    told = problem(text)
    assert f"(position {place})\n    {text}\n    {' ' * (place - 1)}^" in told
