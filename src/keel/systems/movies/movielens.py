"""The movies system's tables: ratings, films and people of MovieLens 100K."""

import io
import re
from pathlib import Path

import polars as pl

from keel.errors import TableError
from keel.systems.download import Remote, original
from keel.systems.source import write_table
from keel.train.progress import Tell

_ADDRESS = "https://files.grouplens.org/datasets/movielens/ml-100k.zip"


def _remote(name: str, sha256: str) -> Remote:
    return Remote(_ADDRESS, sha256, (name,), f"ml-100k/{name}")


RATINGS = _remote("u.data", "06416e597f82b7342361e41163890c81036900f418ad91315590814211dca490")
FILMS = _remote("u.item", "7f2dcfe46bb382d9000087bbadb9d74d1d878b14b49d270761e7189608a118db")
PEOPLE = _remote("u.user", "5805e258d129182b804ca09d0d55888b002a73763a29f4b5e0d8f59b526797ad")
GENRES = (
    "unknown",
    "Action",
    "Adventure",
    "Animation",
    "Children's",
    "Comedy",
    "Crime",
    "Documentary",
    "Drama",
    "Fantasy",
    "Film-Noir",
    "Horror",
    "Musical",
    "Mystery",
    "Romance",
    "Sci-Fi",
    "Thriller",
    "War",
    "Western",
)
_YEAR = re.compile(r"\((\d{4})\)\s*$")
_BANDS = ((17, "under 18"), (24, "18-24"), (34, "25-34"), (49, "35-49"))
_OLDEST = "50 and over"


def write(into: Path, data: Path | None, tell: Tell) -> tuple[Path, ...]:
    """`ratings.parquet`, `movies.parquet` and `people.parquet`.

    Raises TableError when `data` does not hold MovieLens 100K.
    """
    tables = {
        "ratings": read_ratings(original(RATINGS, data, tell)),
        "movies": read_films(original(FILMS, data, tell)),
        "people": read_people(original(PEOPLE, data, tell)),
    }
    tell(
        f"data      {len(tables['ratings']):,} ratings of {len(tables['movies']):,} films by "
        f"{len(tables['people']):,} people"
    )
    return tuple(write_table(frame, into / f"{name}.parquet") for name, frame in tables.items())


def read_ratings(content: bytes) -> pl.DataFrame:
    """user, movie, rating, rated_at (UTC) of `u.data`."""
    names = ("user", "movie", "rating", "rated_at")
    frame = _read(content, "u.data", "\t", names, dict.fromkeys(names, pl.Int64))
    return frame.with_columns(pl.from_epoch("rated_at", time_unit="s"))


def read_films(content: bytes) -> pl.DataFrame:
    """movie, title, genre (parted by `|`) and year of `u.item`, which is in Latin-1."""
    rows = [line.split("|") for line in content.decode("latin-1").splitlines() if line]
    if not rows or any(len(row) != 5 + len(GENRES) for row in rows):
        raise TableError("u.item has other columns than MovieLens 100K: give its folder")
    return pl.DataFrame(
        {
            "movie": [int(row[0]) for row in rows],
            "title": [_title(row[1]) for row in rows],
            "genre": [_genres(row[5:]) for row in rows],
            "year": [_year(row[1]) for row in rows],
        },
        schema={"movie": pl.Int64, "title": pl.String, "genre": pl.String, "year": pl.Int64},
    )


def read_people(content: bytes) -> pl.DataFrame:
    """user, age_band, gender and job of `u.user`; the postal code is left out."""
    names = ("user", "age", "gender", "job", "zip")
    types: dict[str, type[pl.DataType]] = dict.fromkeys(names, pl.String)
    frame = _read(content, "u.user", "|", names, types | {"user": pl.Int64, "age": pl.Int64})
    band = pl.lit(_OLDEST)
    for most, name in reversed(_BANDS):
        band = pl.when(pl.col("age") <= most).then(pl.lit(name)).otherwise(band)
    return frame.select("user", band.alias("age_band"), "gender", "job")


def _read(
    content: bytes,
    name: str,
    separator: str,
    names: tuple[str, ...],
    types: dict[str, type[pl.DataType]],
) -> pl.DataFrame:
    try:
        return pl.read_csv(
            io.BytesIO(content),
            separator=separator,
            has_header=False,
            new_columns=list(names),
            schema_overrides=[types[column] for column in names],
        )
    except pl.exceptions.PolarsError as error:
        reason = str(error).partition("\n")[0]
        raise TableError(f"{name} does not read as MovieLens 100K: {reason}") from error


def _title(text: str) -> str | None:
    bare = _YEAR.sub("", text).strip()
    return None if bare == "unknown" else bare


def _genres(flags: list[str]) -> str | None:
    """The first flag says that nothing is known."""
    held = [name for name, flag in zip(GENRES[1:], flags[1:], strict=True) if flag == "1"]
    return "|".join(held) or None


def _year(text: str) -> int | None:
    found = _YEAR.search(text)
    return None if found is None else int(found[1])
