from pathlib import Path

import polars as pl
import pytest

from keel.data.check import Checked
from keel.data.check_system import check_system
from keel.data.events import read_events
from keel.data.segments import group_users
from keel.errors import TableError, TooManyBadRows
from keel.settings import read_settings
from keel.spec.system import System
from recommend_tables import declared, events, users, write_tables


def checked(folder: Path, system: System) -> Checked:
    return check_system(system, folder, read_settings({"KEEL_HOME": str(folder / ".keel")}))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_tables(tmp_path)
    return tmp_path


def test_ids_are_codes_in_rising_order_and_the_catalogue_holds_items_without_events(
    folder: Path,
) -> None:
    system = declared()
    found = read_events(checked(folder, system), system)
    assert found.users.to_list() == sorted(events()["user"].unique())
    assert found.items.to_list() == [f"i{code:02d}" for code in range(39)]
    pairs = zip(
        found.users.gather(found.interactions.user).to_list(),
        found.items.gather(found.interactions.item).to_list(),
        strict=True,
    )
    assert list(pairs) == list(zip(events()["user"], events()["item"], strict=True))
    assert found.of_items is not None
    assert found.of_items.frame["genre"][2] == "Comedy|Drama"


def test_events_that_are_there_twice_are_counted_once_and_told(folder: Path) -> None:
    pl.concat([events(), events()[:7]]).write_parquet(folder / "events.parquet")
    system = declared()
    found = read_events(checked(folder, system), system)
    assert len(found.interactions) == len(events())
    assert found.notes == ("7 events equal another in user, item, at, rating: left out",)


def test_items_without_a_row_are_told(folder: Path) -> None:
    more = events()[:1].with_columns(pl.lit("i99").alias("item"))
    pl.concat([events(), more]).write_parquet(folder / "events.parquet")
    system = declared()
    found = read_events(checked(folder, system), system)
    assert found.notes == ("1 of 40 items have no row in the table of items",)
    assert found.of_items is not None
    assert found.of_items.frame["title"][39] is None


def test_ratings_outside_their_scale_are_set_aside(folder: Path) -> None:
    interactions = declared().interacting.model_copy(update={"scale": (1.0, 4.5)})
    with pytest.raises(TooManyBadRows, match=r"rating is above 4\.5"):
        checked(folder, declared(interactions=interactions.model_dump()))


def test_users_without_an_id_are_set_aside(folder: Path) -> None:
    holes = events().with_columns(
        pl.when(pl.int_range(pl.len()) < 3).then(None).otherwise(pl.col("user")).alias("user")
    )
    holes.write_parquet(folder / "events.parquet")
    system = declared()
    found = checked(folder, system)
    assert found.quarantine.reasons == {"user is missing": 3}
    assert len(read_events(found, system).interactions) == len(events()) - 3


def test_an_item_with_two_rows_keeps_the_first(folder: Path) -> None:
    films = pl.read_parquet(folder / "items.parquet")
    pl.concat([films, films[:1].with_columns(title=pl.lit("Other"))]).write_parquet(
        folder / "items.parquet"
    )
    system = declared()
    found = checked(folder, system)
    assert found.beside["films"].quarantine.rows == 1
    assert any(line.startswith("films: ") for line in found.told)


def test_expectations_of_a_side_table_are_written_with_its_name(folder: Path) -> None:
    system = declared(expect={"films.year": {"type": "number", "max": 1995}})
    with pytest.raises(TooManyBadRows, match="year is above 1995"):
        checked(folder, system)


def test_liking_what_nobody_reaches_is_refused(folder: Path) -> None:
    interactions = declared().interacting.model_copy(update={"liked": 9.0})
    system = declared(interactions=interactions.model_dump())
    with pytest.raises(TableError, match="the largest rating is 5"):
        read_events(checked(folder, system), system)


def test_one_user_alone_is_refused(folder: Path) -> None:
    events().filter(pl.col("user") == "u3").write_parquet(folder / "events.parquet")
    system = declared()
    with pytest.raises(TableError, match="events of 1 users"):
        read_events(checked(folder, system), system)


def test_the_fingerprint_changes_with_any_table(folder: Path) -> None:
    before = checked(folder, declared()).fingerprint
    users().with_columns(region=pl.lit("east")).write_parquet(folder / "users.parquet")
    assert checked(folder, declared()).fingerprint != before


def test_users_are_grouped_by_what_is_known_of_them(folder: Path) -> None:
    system = declared()
    found = read_events(checked(folder, system), system)
    segments = group_users(found.of_users, found.interactions.users)
    assert segments.columns == ("region",)
    assert segments.levels == (("north",), ("south",))
    assert (segments.find(["north"]), segments.find(["east"])) == (1, 0)
    names = found.users.to_list()
    assert segments.code[names.index("u1")] == 1
    assert segments.code[names.index("u2")] == 2


def test_small_groups_tell_nothing() -> None:
    assert group_users(None, 5).count == 1
