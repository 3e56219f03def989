"""MovieLens 100K is read with its genres, years and age bands."""

import os
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from keel.errors import TableError
from keel.systems.movies.movielens import read_films, read_people, read_ratings, write
from keel.train.progress import silent

FLAGS = "|".join(["0", "1", "0", "0", "0", "1", *["0"] * 13])
FILMS = (
    f"1|Café Noir (1995)|01-Jan-1995||http://x|{FLAGS}\n267|unknown||||1|{'|'.join(['0'] * 18)}\n"
).encode("latin-1")


def test_films_have_titles_genres_and_years() -> None:
    assert read_films(FILMS).rows() == [
        (1, "Café Noir", "Action|Comedy", 1995),
        (267, None, None, None),
    ]


def test_ratings_have_times_in_utc() -> None:
    (row,) = read_ratings(b"196\t242\t3\t881250949\n").rows(named=True)
    moment = row.pop("rated_at").replace(tzinfo=UTC)
    assert row == {"user": 196, "movie": 242, "rating": 3}
    assert moment == datetime.fromtimestamp(881250949, UTC)


def test_people_have_age_bands_and_no_address() -> None:
    people = read_people(b"1|17|M|student|85711\n2|18|F|other|94043\n3|70|F|retired|00000\n")
    assert people.columns == ["user", "age_band", "gender", "job"]
    assert people["age_band"].to_list() == ["under 18", "18-24", "50 and over"]


@pytest.mark.parametrize("content", [b"", b"1|2|3\n", b"\xff\x00"])
def test_other_films_are_refused(content: bytes) -> None:
    with pytest.raises(TableError, match="MovieLens 100K"):
        read_films(content)


def test_other_ratings_are_refused() -> None:
    with pytest.raises(TableError, match=r"u\.data does not read as MovieLens 100K"):
        read_ratings(b"a\tb\tc\td\n")


@pytest.mark.skipif(
    "KEEL_TEST_DATA" not in os.environ, reason="needs KEEL_TEST_DATA, a folder of public data sets"
)
def test_the_whole_tables_have_their_published_counts(tmp_path: Path) -> None:
    data = Path(os.environ["KEEL_TEST_DATA"]) / "movielens-100k"
    ratings, films, people = map(pl.read_parquet, write(tmp_path, data, silent))
    assert (len(ratings), len(films), len(people)) == (100_000, 1_682, 943)
    assert ratings["rating"].mean() == pytest.approx(3.52986)
