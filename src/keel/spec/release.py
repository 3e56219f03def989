"""The grammar of releases: `shadow 10m, 5% 10m, 25% 30m, 100%`."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

from keel.spec.duration import format_duration, length_of_time
from keel.spec.tokens import Token, Tokens


@dataclass(frozen=True)
class Step:
    """Which share of the units the new version answers, and for how long; 0 is in shadow: it is
    asked what the champion is asked, and nobody sees its answers. lasts: None for the last step."""

    share: float
    lasts: timedelta | None = None

    @property
    def shadow(self) -> bool:
        """Whether the new version's answers are only logged."""
        return self.share == 0

    def __str__(self) -> str:
        share = "shadow" if self.shadow else f"{self.share * 100:g}%"
        return share if self.lasts is None else f"{share} {format_duration(self.lasts)}"


AT_ONCE = (Step(1.0),)


def parse_steps(text: str) -> tuple[Step, ...]:
    """The steps that `text` writes, one after the other.

    >>> [str(step) for step in parse_steps("shadow 10m, 5% 1h, 100%")]
    ['shadow 10min', '5% 1h', '100%']

    Raises GrammarError with the position.
    """
    tokens = Tokens(text)
    steps: list[Step] = []
    while True:
        begin = tokens.peek
        step = _step(tokens)
        _check_order(tokens, begin, step, steps)
        steps.append(step)
        if tokens.peek.kind == "end":
            break
        comma = tokens.take()
        if comma.text != ",":
            raise tokens.error(comma, "expected a comma between two steps")
    if steps[-1].share != 1:
        raise tokens.error(tokens.peek, "the last step is `100%`: only then it is the champion")
    return tuple(steps)


def format_steps(steps: tuple[Step, ...]) -> str:
    """A text that `parse_steps` reads back."""
    return ", ".join(map(str, steps))


def _step(tokens: Tokens) -> Step:
    first = tokens.take()
    if first.text == "shadow":
        return Step(0.0, _lasts(tokens))
    if first.kind != "number" or tokens.peek.kind != "percent":
        raise tokens.error(first, "expected `shadow` or a share of the traffic: 5% 1h")
    tokens.take()
    share = float(first.text) / 100
    if not 0 < share <= 1:
        raise tokens.error(first, f"a share is above 0% and at most 100%, not {first.text}%")
    return Step(share, _lasts(tokens))


def _lasts(tokens: Tokens) -> timedelta | None:
    if tokens.peek.kind != "number":
        return None
    count, unit = tokens.take(), tokens.take()
    try:
        lasts = length_of_time(float(count.text), unit.text)
    except KeyError:
        raise tokens.error(unit, "expected a unit of time: s, m, min, h or d") from None
    except ValueError as error:
        raise tokens.error(count, str(error)) from None
    if not lasts > timedelta(0):
        raise tokens.error(count, f"{count.text}{unit.text} is no time at all")
    return lasts


def _check_order(tokens: Tokens, begin: Token, step: Step, before: list[Step]) -> None:
    if step.share == 1:
        if step.lasts is not None:
            raise tokens.error(begin, "`100%` is the end of a release: it lasts for good")
    elif step.lasts is None:
        raise tokens.error(begin, f"say how long this step lasts: `{step} 1h`")
    if before and step.share <= before[-1].share:
        raise tokens.error(
            begin, f"`{step}` comes after `{before[-1]}`: shares rise from step to step"
        )


def _read(value: object) -> object:
    if isinstance(value, str):
        return parse_steps(value)
    if isinstance(value, list | tuple) and value and all(isinstance(one, str) for one in value):
        return parse_steps(", ".join(value))
    if isinstance(value, tuple) and all(isinstance(one, Step) for one in value):
        return value
    raise ValueError(f"{value!r} are no steps: write [shadow 1h, 5% 1h, 25% 4h, 100%]")


Steps = Annotated[
    tuple[Step, ...],
    BeforeValidator(_read),
    PlainSerializer(lambda steps: [str(step) for step in steps], return_type=list[str]),
    WithJsonSchema({"type": "array", "items": {"type": "string"}}),
]
