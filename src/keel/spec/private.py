"""Columns that a person declares private, and what is written of them where answers are kept."""

from typing import Annotated, Literal

from pydantic import BeforeValidator

Treatment = Literal["pseudonym", "leave out"]

PSEUDONYM: Treatment = "pseudonym"
LEAVE_OUT: Treatment = "leave out"


def _read(value: object) -> object:
    """`[email, customer_id]` is a pseudonym for each."""
    if isinstance(value, str):
        return {value: PSEUDONYM}
    if isinstance(value, list | tuple):
        return {str(name): PSEUDONYM for name in value}
    return value


Private = Annotated[dict[str, Treatment], BeforeValidator(_read)]
