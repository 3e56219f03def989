"""Reads a raw RFC 822 mail into one flat row; hostile and broken mail gives a row too."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.header import decode_header
from email.message import Message
from email.utils import getaddresses, parseaddr
from urllib.parse import urlsplit

from keel.systems.spam.markup import read_markup

BODY_LIMIT = 100_000
"""Characters of body kept: what comes later in a mail has never changed its nature."""
RAW_LIMIT = 4_000_000
"""Bytes read of one mail; a bigger one is cut there before it is parsed."""
PARTS_LIMIT = 200

_LINK = re.compile(r"\bhttps?://[^\s<>\"')\]]+", re.IGNORECASE)
_NUMERIC_HOST = re.compile(r"(\d{1,3}\.){3}\d{1,3}|\d{8,10}|0x[0-9a-f]{8}")
_HEADER_ENDS = re.compile(rb"\r?\n\r?\n")


@dataclass(frozen=True)
class Mail:
    """One mail as a row. Shares are of characters, in 0 to 1; absent text is "".

    The last four columns are provenance: they say by which way a mail came, which in a corpus
    collected in several ways tells the way of collecting, not the nature of the mail.
    """

    subject: str
    body: str
    sender_name: str
    sender_domain: str
    link_hosts: str
    attachment_types: str
    charset: str
    reply_to_differs: bool
    is_reply: bool
    recipients: int
    html_share: float
    links: int
    numeric_links: int
    images: int
    forms: int
    parts: int
    attachments: int
    attachment_bytes: int
    characters: int
    capitals_share: float
    digits_share: float
    exclamations: int
    broken: bool
    provenance_hops: int
    provenance_hour: int | None
    provenance_list: bool
    provenance_delivered_to: str


@dataclass(frozen=True)
class _Content:
    text: str
    markup_characters: int
    links: tuple[str, ...]
    images: int
    forms: int
    charset: str
    attachments: tuple[tuple[str, int], ...]
    parts: int
    broken: bool


def read_mail(raw: bytes) -> Mail:
    """The row of one mail. Never raises, whatever the bytes are.

    Unknown and wrong charsets fall back to UTF-8 and then to Latin-1; a structure that cannot be
    parsed leaves the mail as one piece of plain text with `broken` set.
    """
    message, parsed = _parse(raw[:RAW_LIMIT])
    content = _content(message)
    subject = _header(message, "Subject")
    name, address = parseaddr(_header(message, "From"))
    reply_domain = _domain(parseaddr(_header(message, "Reply-To"))[1])
    letters = subject + content.text
    hosts = [_host(link) for link in content.links]
    return Mail(
        subject=subject,
        body=content.text,
        sender_name=name,
        sender_domain=_domain(address),
        link_hosts=" ".join(dict.fromkeys(host for host in hosts if host)),
        attachment_types=" ".join(sorted({kind for kind, _ in content.attachments})),
        charset=content.charset,
        reply_to_differs=bool(reply_domain) and reply_domain != _domain(address),
        is_reply=bool(message.get("In-Reply-To") or message.get("References")),
        recipients=len(getaddresses([_header(message, "To"), _header(message, "Cc")])),
        html_share=content.markup_characters / max(1, content.markup_characters + len(letters)),
        links=len(content.links),
        numeric_links=sum(_NUMERIC_HOST.fullmatch(host) is not None for host in hosts),
        images=content.images,
        forms=content.forms,
        parts=content.parts,
        attachments=len(content.attachments),
        attachment_bytes=sum(size for _, size in content.attachments),
        characters=len(content.text),
        capitals_share=sum(map(str.isupper, letters)) / max(1, sum(map(str.isalpha, letters))),
        digits_share=sum(map(str.isdigit, letters)) / max(1, len(letters)),
        exclamations=letters.count("!"),
        broken=content.broken or not parsed,
        provenance_hops=len(message.get_all("Received", [])),
        provenance_hour=_hour(_header(message, "Date")),
        provenance_list=any(key.lower().startswith("list-") for key in message),
        provenance_delivered_to=_header(message, "Delivered-To"),
    )


def _parse(raw: bytes) -> tuple["Message[str, str]", bool]:
    """The message, and whether its structure could be parsed."""
    try:
        return message_from_bytes(raw, policy=policy.compat32), True
    except (RecursionError, ValueError, LookupError, TypeError, AttributeError, IndexError):
        head, *_ = _HEADER_ENDS.split(raw, maxsplit=1)
        message: Message[str, str] = Message(policy.compat32)
        for line in head.decode("latin-1").splitlines():
            name, colon, value = line.partition(":")
            if colon and name.strip().isprintable() and " " not in name:
                message[name] = value.strip()
        if "Content-Type" in message:
            del message["Content-Type"]
        message.set_payload(raw[len(head) :].decode("latin-1"))
        return message, False


def _content(message: "Message[str, str]") -> _Content:
    texts: list[str] = []
    links: list[str] = []
    attachments: list[tuple[str, int]] = []
    charset = ""
    markup = images = forms = parts = 0
    broken = False
    for part in _leaves(message):
        parts += 1
        kind = part.get_content_type()
        payload, whole = _payload(part)
        broken |= not whole or bool(part.defects)
        if part.get_filename() or not kind.startswith("text/"):
            attachments.append((kind, len(payload)))
            continue
        text, named = _decode(payload, part)
        charset = charset or named
        if kind == "text/html":
            found = read_markup(text)
            markup += len(text) - len(found.text)
            links += found.links
            images += found.images
            forms += found.forms
            text = found.text
        links += _LINK.findall(text)
        texts.append(text)
    body = "\n".join(texts)[:BODY_LIMIT]
    return _Content(
        body, markup, tuple(links), images, forms, charset, tuple(attachments), parts, broken
    )


def _leaves(message: "Message[str, str]") -> Iterator["Message[str, str]"]:
    """The parts that hold content, in order. A loop, as nesting may be deeper than the stack."""
    waiting: list[Message[str, str]] = [message]
    given = 0
    while waiting and given < PARTS_LIMIT:
        part = waiting.pop()
        inner = part.get_payload()
        if isinstance(inner, list):
            waiting.extend(reversed([item for item in inner if isinstance(item, Message)]))
        else:
            given += 1
            yield part


def _payload(part: "Message[str, str]") -> tuple[bytes, bool]:
    """The bytes of a part with its transfer encoding undone, and whether that went well."""
    try:
        payload = part.get_payload(decode=True)
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        payload = None
    if isinstance(payload, bytes):
        return payload, True
    return str(part.get_payload()).encode("utf-8", "replace"), False


def _decode(payload: bytes, part: "Message[str, str]") -> tuple[str, str]:
    """Text and the charset that the part names, which need not be the one that worked."""
    try:
        named = str(part.get_content_charset("") or "").lower()
    except (ValueError, LookupError, TypeError, AttributeError):
        named = ""
    for charset in (named, "utf-8"):
        try:
            return payload.decode(charset).replace("\x00", ""), named
        except (LookupError, ValueError):
            continue
    return payload.decode("latin-1").replace("\x00", ""), named


def _header(message: "Message[str, str]", name: str) -> str:
    """A header as text on one line; encoded words decoded where they can be."""
    value = message.get(name)
    if value is None:
        return ""
    try:
        pieces = decode_header(str(value))
    except (ValueError, LookupError, TypeError):
        return " ".join(str(value).split())
    texts: list[str] = []
    for piece, charset in pieces:
        if isinstance(piece, str):
            texts.append(piece)
            continue
        try:
            texts.append(piece.decode(charset or "utf-8"))
        except (LookupError, ValueError):
            texts.append(piece.decode("latin-1"))
    text = "".join(texts).encode("utf-8", "replace").decode("utf-8")
    return " ".join(text.replace("\x00", "").split())


def _domain(address: str) -> str:
    return address.rpartition("@")[2].strip().rstrip(".>").lower() if "@" in address else ""


def _host(link: str) -> str:
    try:
        return (urlsplit(link).hostname or "").lower()
    except ValueError:
        return ""


def _hour(date: str) -> int | None:
    match = re.search(r"\b([01]?\d|2[0-3]):[0-5]\d", date)
    return int(match[1]) if match else None
