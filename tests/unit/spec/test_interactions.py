import pytest

from keel.errors import DeclarationError
from keel.spec.load import load_system
from keel.spec.write import write_system

GOOD = """
system: films
task: recommend
data:
  events: {table: events.csv, time: at}
  films: {table: films.csv, key: film}
interactions: {user: person, item: film, value: stars, scale: [1, 5], liked: 4, items: films}
"""


def problem_of(text: str) -> str:
    with pytest.raises(DeclarationError) as raised:
        load_system(text)
    return str(raised.value)


def test_interactions_are_read_and_written_back() -> None:
    system = load_system(GOOD)
    assert system.table.table == "events.csv"
    assert system.interacting.scale == (1, 5)
    assert load_system(write_system(system)) == system


@pytest.mark.parametrize(
    ("was", "becomes", "told"),
    [
        ("item: film,", "item: person,", "must be columns of their own"),
        ("[1, 5]", "[5, 1]", "scale must rise"),
        ("liked: 4", "liked: 9", "liked is 9, outside the scale [1, 5]"),
        ("value: stars, ", "", "`scale` is about a value"),
        ("items: films", "items: flims", "did you mean 'films'?"),
        (", key: film", "", "data.films: the key is missing"),
        (", items: films", "", "data.films is read by nothing"),
        ("task: recommend", "task: recommend\nlabel: {column: stars}", "`label` is not for"),
        ("task: recommend", "task: recommend\ndecide: f1", "`decide` is not for `recommend`"),
        (
            "task: recommend",
            "task: recommend\ntrain: {ignore: [stars], imbalance: none}",
            "`train.imbalance`, `train.ignore` is not for",
        ),
        ("task: recommend", "task: recommend\nsplit: {by: group}", "allowed for `recommend` are"),
        ("task: recommend", "task: detect", "`interactions` is for `task: recommend`"),
    ],
)
def test_what_cannot_be_meant_is_told(was: str, becomes: str, told: str) -> None:
    assert told in problem_of(GOOD.replace(was, becomes))


def test_a_recommender_needs_interactions_and_other_tasks_entities_to_read_several_tables() -> None:
    bare = "system: a\ntask: recommend\ndata: {t: {table: t.csv}}\n"
    assert "the key 'interactions' is missing" in problem_of(bare)
    two = "system: a\ntask: detect\ndata: {t: {table: t.csv}, s: {table: s.csv}}\n"
    assert "no entity by which to look one up" in problem_of(two)
    last = "system: a\ntask: detect\ndata: {t: {table: t.csv}}\nsplit: {by: last}\n"
    assert "`last` is for `task: recommend`" in problem_of(last)
