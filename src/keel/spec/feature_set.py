"""Features that several systems share, in a file of their own."""

from pydantic import Field

from keel.spec.declared import Declared


class FeatureSet(Declared):
    """Features by name, whose they are, and what they are for."""

    owner: str | None = None
    description: str | None = None
    features: dict[str, str] = Field(min_length=1)


class UsedSet(Declared):
    """A feature set as a system uses it: the names of its features."""

    owner: str | None = None
    description: str | None = None
    names: tuple[str, ...]
