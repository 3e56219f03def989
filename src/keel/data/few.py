"""What a few values are at a glance, where a query would take longer to plan than to run.

A request is often a single row. Each question here is answered only where the answer is plain, and
then as the queries would; None sends the values to them.
"""

import re
from collections.abc import Mapping, Sequence, Set
from datetime import UTC, datetime, timedelta

FEW_ROWS = 32

_PLAIN_ISO = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"(?:[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?(?:Z|[-+][0-9]{2}:[0-9]{2})?)?"
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def is_plain(texts: Sequence[str | None], nothing: Set[str]) -> bool:
    """Whether no text has spaces around it or stands for nothing."""
    return all(text is None or (text == text.strip() and text not in nothing) for text in texts)


def plain_truths(
    texts: Sequence[str | None], truth: Mapping[str, bool]
) -> list[bool | None] | None:
    """What each text says, if all are words of `truth` in lower case or missing."""
    if any(text is not None and text not in truth for text in texts):
        return None
    return [None if text is None else truth[text] for text in texts]


def plain_iso_micros(texts: Sequence[str | None]) -> list[int | None] | None:
    """Microseconds since 1970 in UTC, if all texts are in ISO form and of an everyday kind."""
    try:
        return [None if text is None else _micros(text) for text in texts]
    except (ValueError, OverflowError):
        return None


def _micros(text: str) -> int:
    if not _PLAIN_ISO.fullmatch(text):
        raise ValueError(text)
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return (moment - _EPOCH) // _MICROSECOND
