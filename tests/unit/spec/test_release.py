from datetime import timedelta

import pytest

from keel.spec.release import AT_ONCE, Step, format_steps, parse_steps
from keel.spec.system import System
from keel.spec.tokens import GrammarError


def test_steps_are_read_in_their_order_and_written_back() -> None:
    steps = parse_steps("shadow 10m, 5% 1h, 25% 1.5h, 100%")
    assert steps == (
        Step(0.0, timedelta(minutes=10)),
        Step(0.05, timedelta(hours=1)),
        Step(0.25, timedelta(minutes=90)),
        Step(1.0),
    )
    assert [step.shadow for step in steps] == [True, False, False, False]
    assert parse_steps(format_steps(steps)) == steps


@pytest.mark.parametrize(
    ("text", "told", "place"),
    [
        ("5% 1h", "the last step is `100%`", 5),
        ("5%, 100%", "say how long this step lasts: `5% 1h`", 0),
        ("25% 1h, 5% 1h, 100%", "`5% 1h` comes after `25% 1h`", 8),
        ("5% 1h, shadow 1h, 100%", "`shadow 1h` comes after `5% 1h`", 7),
        ("100% 1h", "lasts for good", 0),
        ("0% 1h, 100%", "above 0% and at most 100%", 0),
        ("500% 1h, 100%", "above 0% and at most 100%", 0),
        ("5% 0h, 100%", "no time at all", 3),
        ("5% 1y, 100%", "a unit of time", 4),
        ("5% 1h 100%", "a comma between two steps", 6),
        ("half 1h, 100%", "expected `shadow` or a share", 0),
        ("", "expected `shadow` or a share", 0),
    ],
)
def test_what_is_wrong_with_steps_is_pointed_at(text: str, told: str, place: int) -> None:
    with pytest.raises(GrammarError, match=told) as raised:
        parse_steps(text)
    assert raised.value.offset == place


def test_a_declaration_says_how_its_versions_are_released() -> None:
    said = {
        "system": "pay",
        "data": {"rows": {"table": "rows.csv"}},
        "label": {"column": "fraud"},
    }
    assert System.model_validate(said).release == AT_ONCE
    listed = System.model_validate(said | {"release": ["shadow 1h", "5% 1h", "100%"]})
    assert listed.release == parse_steps("shadow 1h, 5% 1h, 100%")
    assert listed.model_dump(mode="json")["release"] == ["shadow 1h", "5% 1h", "100%"]
