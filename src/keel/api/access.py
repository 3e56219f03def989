"""Who may ask for what: tokens, each with roles."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from hmac import compare_digest
from pathlib import Path

from keel.errors import EnvironmentFailure, Forbidden, InputError, Unauthorized
from keel.spec.nearest import did_you_mean

LEAST_CHARACTERS = 16


class Role(StrEnum):
    """What an operation is for. `admin` may everything; `anybody` needs no token."""

    ANYBODY = "anybody"
    ANSWER = "answer"
    LABEL = "label"
    RELEASE = "release"
    ADMIN = "admin"


@dataclass(frozen=True)
class Access:
    """The roles of every token, by its SHA-256; without tokens everybody may everything."""

    roles: Mapping[bytes, frozenset[Role]]

    @property
    def closed(self) -> bool:
        """Whether a token is needed at all."""
        return bool(self.roles)

    def admit(self, authorization: str | None, role: Role) -> str:
        """Who asks, as the audit trail names them.

        authorization: the header, `Bearer TOKEN`. Raises Unauthorized without a token that is
        known, Forbidden for one without the role.
        """
        if not self.closed:
            return "http"
        if role is Role.ANYBODY:
            return "http"
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise Unauthorized("a token is needed: send the header `Authorization: Bearer TOKEN`")
        digest = sha256(token.strip().encode("utf-8", "surrogatepass")).digest()
        roles: frozenset[Role] | None = None
        # Every token is compared, so that the time tells nothing.
        for known, allowed in self.roles.items():
            if compare_digest(known, digest):
                roles = allowed
        if roles is None:
            raise Unauthorized("the token is not known here: see KEEL_TOKENS of the server")
        if role not in roles and Role.ADMIN not in roles:
            has = ", ".join(sorted(roles))
            raise Forbidden(f"this needs the role {role}, and the token has {has}")
        return f"token {digest.hex()[:8]}"


OPEN = Access({})
"""Nobody is asked for a token."""


def read_access(tokens: str | None) -> Access:
    """Access by `ROLE:TOKEN`, separated by commas, several roles as `ROLE+ROLE:TOKEN`; or by a file
    with one of these a line.

    Raises InputError that names what is wrong, never a token, and EnvironmentFailure for a file
    that cannot be read.
    """
    if not tokens:
        return OPEN
    if ":" not in tokens or tokens.startswith("file:"):
        parts = _read_file(Path(tokens.removeprefix("file://"))).splitlines()
    else:
        parts = tokens.split(",")
    written = [part.strip() for part in parts]
    pairs = [_read(part) for part in written if part and not part.startswith("#")]
    if not pairs:
        raise InputError("KEEL_TOKENS names no token: write ROLE:TOKEN, or leave it out")
    found: dict[bytes, frozenset[Role]] = {}
    for digest, roles in pairs:
        found[digest] = found.get(digest, frozenset()) | roles
    return Access(found)


def _read(text: str) -> tuple[bytes, frozenset[Role]]:
    names, colon, token = text.partition(":")
    allowed = [str(role) for role in Role if role is not Role.ANYBODY]
    if not colon:
        raise InputError(f"KEEL_TOKENS: write ROLE:TOKEN; the roles are {', '.join(allowed)}")
    roles = set()
    for name in names.split("+"):
        if name.strip() not in allowed:
            near = did_you_mean(name.strip(), allowed)
            raise InputError(f"KEEL_TOKENS: {name.strip()!r} is not a role: {near}")
        roles.add(Role(name.strip()))
    if len(token.strip()) < LEAST_CHARACTERS:
        raise InputError(
            f"KEEL_TOKENS: the token of {names} is shorter than {LEAST_CHARACTERS} characters: "
            'python -c "import secrets; print(secrets.token_urlsafe())" makes one'
        )
    return sha256(token.strip().encode()).digest(), frozenset(roles)


def _read_file(file: Path) -> str:
    try:
        return file.read_text()
    except OSError as error:
        raise EnvironmentFailure(
            f"KEEL_TOKENS names the file {file}, which cannot be read ({error.strerror})"
        ) from error
