"""The grammar of decisions: how a score becomes an action, `precision >= 0.99`."""

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

from keel.spec.tokens import Tokens

RuleKind = Literal["f1", "threshold", "precision", "recall", "cost", "alerts", "false_alarms"]


@dataclass(frozen=True)
class Rule:
    """How to choose one threshold.

    `f1`: where F1 is largest. `precision >= P`: the lowest threshold whose precision is at least
    `level`. `recall >= R`: the highest whose recall is. `cost(false_positive=a,
    false_negative=b)`: least expected cost. `alerts <= N per day`: the budget; without `per day`
    a share of the rows. `false_alarms <= N per day`: so many of the normal rows are expected to be
    flagged; without `per day` a share of them. `threshold T`: that threshold, a probability or an
    anomaly score.
    """

    text: str
    kind: RuleKind
    level: float = 0.5
    false_positive: float = 1.0
    false_negative: float = 1.0
    per_day: bool = False


@dataclass(frozen=True)
class Decision:
    """Actions in rising order of suspicion: the first needs no rule, each later one has its own.

    The plain case of one rule has no names for its actions: the predicted class is the action.
    """

    rules: tuple[Rule, ...]
    actions: tuple[str, ...] = ()


def parse_rule(text: str) -> Rule:
    """The rule that `text` writes. Raises GrammarError with the position."""
    tokens = Tokens(text)
    first = tokens.take()
    if first.text == "f1":
        rule = Rule(text, "f1")
    elif first.text == "threshold":
        rule = Rule(text, "threshold", level=tokens.number("the threshold"))
    elif first.text == "precision" or first.text == "recall":
        _expect(tokens, ">=")
        kind: RuleKind = "precision" if first.text == "precision" else "recall"
        rule = Rule(text, kind, level=_share(tokens, "the target"))
    elif first.text == "alerts" or first.text == "false_alarms":
        rule = _budget(tokens, "alerts" if first.text == "alerts" else "false_alarms")
    elif first.text == "cost":
        rule = _cost(tokens, text)
    else:
        raise tokens.error(
            first,
            f"{first.text!r} is not a rule: write f1, threshold T, precision >= P, recall >= R, "
            "cost(false_positive=A, false_negative=B), alerts <= N per day or "
            "false_alarms <= N per day",
        )
    tokens.end()
    return rule


def read_decision(value: object) -> object:
    """A `Decision` from what YAML gives: one rule, or actions with their rules in rising order."""
    if isinstance(value, str):
        return Decision((parse_rule(value),))
    if not isinstance(value, dict):
        return value
    actions = tuple(str(action) for action in value)
    texts = [str(rule) for rule in value.values()]
    if len(texts) < 2 or texts[0] != "otherwise" or "otherwise" in texts[1:]:
        raise ValueError(
            f"decide: {actions} must be at least two actions in rising order of suspicion, "
            "the first and only the first with the rule `otherwise`"
        )
    return Decision(tuple(parse_rule(text) for text in texts[1:]), actions)


def _budget(tokens: Tokens, kind: Literal["alerts", "false_alarms"]) -> Rule:
    _expect(tokens, "<=")
    at = tokens.peek
    level = tokens.number("the budget")
    per_day = tokens.accept("per", "day")
    if level < 0 or (level > 1 and not per_day):
        raise tokens.error(
            at,
            "without `per day` the budget is a share of the rows: write "
            f"`{kind} <= {level:g} per day` or `{kind} <= 2%`",
        )
    return Rule(tokens.text, kind, level=level, per_day=per_day)


def _share(tokens: Tokens, what: str) -> float:
    at = tokens.peek
    level = tokens.number(what)
    if not 0 <= level <= 1:
        raise tokens.error(at, f"{what} lies between 0 and 1, or 0% and 100%")
    return level


def _cost(tokens: Tokens, text: str) -> Rule:
    _expect(tokens, "(")
    costs: dict[str, float] = {}
    while True:
        token = tokens.peek
        name = tokens.name("false_positive or false_negative")
        if name not in ("false_positive", "false_negative"):
            raise tokens.error(token, f"{name!r} is not a cost: false_positive or false_negative")
        _expect(tokens, "=")
        costs[name] = tokens.number("the cost")
        if not tokens.accept(","):
            break
    _expect(tokens, ")")
    return Rule(
        text,
        "cost",
        false_positive=costs.get("false_positive", 1.0),
        false_negative=costs.get("false_negative", 1.0),
    )


def _expect(tokens: Tokens, word: str) -> None:
    token = tokens.take()
    if token.text != word:
        raise tokens.error(token, f"expected {word!r}")


def _write(decision: Decision) -> object:
    if not decision.actions:
        return decision.rules[0].text
    texts = ["otherwise", *(rule.text for rule in decision.rules)]
    return dict(zip(decision.actions, texts, strict=True))


Decide = Annotated[
    Decision,
    BeforeValidator(read_decision),
    PlainSerializer(_write),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "object"}]}),
]
