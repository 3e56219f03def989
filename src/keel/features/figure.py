"""What a feature takes from the events of an entity: the words that offline and online share."""

from dataclasses import dataclass

from keel.spec.kinds import Kind

AS_OF = "as_of"
"""Beside the aggregates of the grammar: what a table says of an entity as of the row's time."""

SEVERAL = ("last_n", "top_k")
OF_THEIR_VALUES = ("min", "max", "first", "last", AS_OF, *SEVERAL)
"""Aggregates that give a value of what they read, of its kind; of the others each is a number."""


@dataclass(frozen=True, order=True)
class Reading:
    """One value of each event of a table: the SQL scalar `argument`, missing where the condition
    `where` does not hold. An argument of "" is 1 for every event."""

    table: str
    argument: str
    where: str = ""


@dataclass(frozen=True)
class Figure:
    """One figure of an entity's events, as of the time t of a row, in one column (`last_n` and
    `top_k` in several).

    It is of the events within the open interval (t' - window, t'), where t' = t - delay, in
    microseconds; window_us: None for all before t'. `as_of` is the value, missing or not, of the
    latest event up to and including t'. including_self: the row's own event counts too, once.
    Ties: of equal times the greater key is the later. parameter: how many, which quantile, or the
    cap. kind: of the values that are read.
    """

    name: str
    reading: Reading
    entity: str
    window_us: int | None
    delay_us: int
    kind: Kind
    text: str
    parameter: float | None = None
    including_self: bool = False

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of its columns."""
        if self.name not in SEVERAL:
            return (self.text,)
        return tuple(f"{self.text} #{i + 1}" for i in range(int(self.parameter or 1)))

    @property
    def result(self) -> Kind:
        """The kind of its columns."""
        return self.kind if self.name in OF_THEIR_VALUES else Kind.NUMBER
