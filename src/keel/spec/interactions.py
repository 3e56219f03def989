"""Which columns say who did what with which item, and what is known of users and items."""

from typing import Self

from pydantic import Field, model_validator

from keel.spec.declared import Declared


class InteractionSpec(Declared):
    """What recommendations are learned from: the first table holds the events.

    user, item: columns of the events. value: how much, such as a rating or a number of plays;
    without it an event says only that it happened. scale: what ratings must lie within. liked: from
    which value on an event is something to recommend; without it every event is. items, users:
    tables with what is known of each, by their key.
    """

    user: str
    item: str
    value: str | None = None
    scale: tuple[float, float] | None = None
    liked: float | None = Field(default=None, allow_inf_nan=False)
    items: str | None = None
    users: str | None = None

    @model_validator(mode="after")
    def _columns_differ(self) -> Self:
        named = [name for name in (self.user, self.item, self.value) if name is not None]
        if len(set(named)) < len(named):
            raise ValueError(f"user, item and value must be columns of their own, not {named}")
        for key, said in (("scale", self.scale), ("liked", self.liked)):
            if said is not None and self.value is None:
                raise ValueError(f"`{key}` is about a value: name its column, `value: COLUMN`")
        if self.scale is not None and not self.scale[0] < self.scale[1]:
            raise ValueError(f"scale must rise, as in [1, 5], not {list(self.scale)}")
        if self.liked is not None and self.scale is not None:
            low, high = self.scale
            if not low <= self.liked <= high:
                raise ValueError(f"liked is {self.liked:g}, outside the scale [{low:g}, {high:g}]")
        return self
