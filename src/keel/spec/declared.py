"""What every part of a declaration has in common."""

from pydantic import BaseModel, ConfigDict


class Declared(BaseModel):
    """Frozen, and no key goes unread."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)
