"""Which backend of online features a URL means."""

from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from keel.backends.online import OnlineStore
from keel.backends.redis_online import RedisOnline
from keel.backends.sqlite_online import SqliteOnline
from keel.errors import InputError


def open_online(url: str) -> OnlineStore:
    """The backend that the scheme of `url` names. Nothing is created before the first use.

    Raises InputError for a scheme that no backend has, MissingExtra without its driver.
    """
    parts = urlsplit(url)
    file = unquote(parts.path.removeprefix("/"))
    if parts.scheme == "sqlite" and not parts.netloc and file:
        power = parse_qs(parts.query).get("power", ["fast"])[-1]
        if power in ("fast", "safe") and set(parse_qs(parts.query)) <= {"power"}:
            return SqliteOnline(Path(file), power_safe=power == "safe")
    if parts.scheme in ("redis", "rediss") and parts.hostname:
        return RedisOnline(url)
    raise InputError(
        f"KEEL_ONLINE is {url!r}, which no backend can open: write sqlite:///FILE (with "
        "?power=safe where a power cut must lose nothing) or redis://HOST:PORT/NUMBER"
    )
