"""Telling a header from a row, and quotes from characters."""

import pytest

from keel.data.sources.dialect import find_dialect


def dialect_of(*lines: str):
    return find_dialect("\n".join(lines) + "\n", None, "t.csv")


@pytest.mark.parametrize(
    "lines",
    [
        ("id,name", "1,Ann", "2,Bob"),
        ("name,city", "Ann,Oslo", "Bob,Rome"),
        ("id,2019,2020", "a,1,2", "b,3,4"),
        ("when,what", "2020-01-01,x", "2020-01-02,y"),
        (",a,b", "0,1,2", "1,3,4"),
        ("label,text", "ham,hello there", "spam,win a prize"),
    ],
)
def test_a_row_that_names_what_is_below_is_a_header(lines: tuple[str, ...]) -> None:
    assert dialect_of(*lines).named


@pytest.mark.parametrize(
    "lines",
    [
        ("1,Ann", "2,Bob"),
        ("A11,6,A34", "A12,48,A32"),
        ("ham\tsee you", "ham\tok", "spam\twin"),
        ("2020-01-01,x", "2020-01-02,y"),
        ("x,?", "y,z"),
        ("x,x", "y,z"),
    ],
)
def test_a_row_like_the_others_is_no_header(lines: tuple[str, ...]) -> None:
    assert not dialect_of(*lines).named


def test_a_row_with_a_wanted_name_is_a_header() -> None:
    lines = "city,y\nOslo,y\nRome,n\n"
    assert not find_dialect(lines, None, "t.csv").named
    assert find_dialect(lines, None, "t.csv", {"y"}).named


def test_row_names_without_a_name_get_one() -> None:
    assert dialect_of('"a","b"', '"r1",1,2', '"r2",3,4').names == ("c0", "a", "b")


def test_an_unnamed_column_gets_a_name_by_its_place() -> None:
    assert dialect_of(",a", "0,1", "1,2").names == ("c0", "a")


def test_names_keep_no_spaces_around() -> None:
    assert dialect_of("age, work class , y", "1, a, 2", "2, b, 3").names == (
        "age",
        "work class",
        "y",
    )


def test_semicolons_win_over_decimal_commas() -> None:
    dialect = dialect_of("1,5;2,5;3,5", "4,5;5,5;6,5")
    assert dialect.delimiter == ";"
    assert dialect.decimal_comma


def test_commas_inside_text_do_not_make_columns() -> None:
    assert dialect_of("ham\tGo, now, there", "spam\tWin", "ham\tOk, then").delimiter == "\t"


def test_a_single_column_is_one_column() -> None:
    assert dialect_of("value", "1", "2").names == ("value",)
