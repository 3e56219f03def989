"""What can go wrong, as a tree: a class per situation, with its HTTP status and exit code."""

from typing import ClassVar


class KeelError(Exception):
    """The root of everything Keel raises on purpose.

    The message says what happened and with which value, what is allowed, and what repairs it.
    """

    status: ClassVar[int] = 500
    exit_code: ClassVar[int] = 3


class InputError(KeelError):
    """What a person gave cannot be used as it is."""

    status: ClassVar[int] = 400
    exit_code: ClassVar[int] = 2


class DeclarationError(InputError):
    """A declaration does not say something Keel can do. Lists every problem of the file at once."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class TableError(InputError):
    """A table is missing, unreadable, empty, or lacks what the declaration names."""


class TooManyBadRows(InputError):
    """More rows broke the contract than `max_bad_share` allows."""


class LabelError(InputError):
    """The label cannot be learned: one class, all missing, or a different value in every row."""


class RequestError(InputError):
    """A request to a served system does not fit its signature."""


class RequestTooLarge(RequestError):
    """A request's body has more bytes than a server takes at once."""

    status: ClassVar[int] = 413


class HeadersTooLarge(RequestError):
    """A request has more headers than a server takes."""

    status: ClassVar[int] = 431


class UnknownEncoding(RequestError):
    """A request's body is compressed in a way that is not read."""

    status: ClassVar[int] = 415


class NotFound(InputError):
    """A system, version or alias that is not in the registry."""

    status: ClassVar[int] = 404


class Conflict(InputError):
    """What is asked for does not fit the state that things are in."""

    status: ClassVar[int] = 409
    exit_code: ClassVar[int] = 1


class Unauthorized(InputError):
    """A request has no token that is known."""

    status: ClassVar[int] = 401


class Forbidden(InputError):
    """A request's token does not have the role that is needed."""

    status: ClassVar[int] = 403


class NotReady(KeelError):
    """A system without a champion cannot answer yet."""

    status: ClassVar[int] = 503


class Overloaded(KeelError):
    """A server has as much to do as it can do in time; it is free again in a moment."""

    status: ClassVar[int] = 503
    retry_after_s: ClassVar[int] = 1


class TookTooLong(KeelError):
    """An answer was not there in the time that a server takes for one."""

    status: ClassVar[int] = 504


class EnvironmentFailure(KeelError):
    """The machine around Keel failed: a full disk, a store that is away."""

    status: ClassVar[int] = 503


class MissingExtra(EnvironmentFailure):
    """An optional dependency is not installed; the message is the line that adds it."""

    def __init__(self, what: str, extra: str) -> None:
        super().__init__(f"{what} needs an optional package: pip install 'keel-ml[{extra}]'")


class ArtifactError(KeelError):
    """A version's files do not match their recorded hashes, or exported and native model differ."""
