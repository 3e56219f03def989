"""What of an answer is not written as it came: pseudonyms by a keyed hash, or nothing at all."""

import hmac
import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from secrets import token_bytes
from typing import Any

from keel.backends.disk import disk, flush_folder
from keel.errors import InputError
from keel.spec.kinds import Kind
from keel.spec.private import LEAVE_OUT, PSEUDONYM, Treatment
from keel.train.export.signature import Signature

VARIABLE = "KEEL_PSEUDONYM_KEY"
FILE = "pseudonym.key"

_KEY_BYTES = 32
_TEXTS = (Kind.CATEGORY, Kind.TEXT, Kind.SEQUENCE)


class Privacy:
    """How the private columns of one version are written.

    A pseudonym is the same wherever the same text stands, so that what belongs together still
    does; nobody without the key can tell the text.
    """

    def __init__(self, declaration: Mapping[str, Any], signature: Signature, key: bytes) -> None:
        """declaration: as a version records it."""
        self._key = key
        self._said: Mapping[str, Treatment] = declaration.get("private", {})
        expressions = {feature.name: feature.expression for feature in signature.features}
        self._columns = {
            column.name: treatment
            for column in signature.table_columns
            for treatment in self._of(expressions.get(column.name), column.name, column.kind)
        }
        listing = signature.listing
        if listing is not None and listing.user in self._said:
            # A request calls users otherwise than the declaration.
            self._columns["user"] = self._said[listing.user]
        self._unit = self._of_unit(declaration)

    def of(self, column: str) -> Treatment | None:
        """How a column is written; None: as it is. A text that is computed from a private column
        is as private as that; numbers, booleans and times that are computed are not."""
        return self._columns.get(column) or self._said.get(column)

    def unit(self, unit: str | None) -> str | None:
        """A unit as it is written: as private as the columns that say whose a row is."""
        if unit is None or self._unit == LEAVE_OUT:
            return None
        return unit if self._unit is None else self.pseudonym(unit)

    def pseudonym(self, text: str) -> str:
        """128 bits of HMAC-SHA256, as hexadecimal digits. Source: RFC 2104."""
        return hmac.digest(self._key, text.encode(errors="surrogatepass"), "sha256").hex()[:32]

    def scrub(self, words: str, row: Mapping[str, object]) -> str:
        """What is said of a failure, without what the row's private columns hold."""
        for name in self._said:
            held = row.get(name)
            if held not in (None, ""):
                words = words.replace(str(held), "...")
        return words

    def _of(self, expression: str | None, name: str, kind: Kind) -> Iterable[Treatment]:
        if expression is None or expression in self._said:
            found = self._said.get(expression or name)
            return () if found is None else (found,)
        if kind not in _TEXTS:
            return ()
        read = {
            word for word in self._said if re.search(rf"(?<!\w){re.escape(word)}(?!\w)", expression)
        }
        return sorted({self._said[word] for word in read})[:1]

    def _of_unit(self, declaration: Mapping[str, Any]) -> Treatment | None:
        table: Mapping[str, Any] = next(iter(declaration.get("data", {}).values()), {})
        owners = {**declaration.get("entities", {}), **table.get("entities", {})}.values()
        named = {*owners, (declaration.get("interactions") or {}).get("user")}
        found = {self._said[name] for name in named if name in self._said}
        if not found:
            return None
        return PSEUDONYM if PSEUDONYM in found else LEAVE_OUT


def pseudonym_key(home: Path, environment: Mapping[str, str] = os.environ) -> bytes:
    """The key of this installation: `KEEL_PSEUDONYM_KEY`, else a file below `home` that only its
    owner can read, made when it is first asked for.

    Raises InputError for a key that can be guessed, EnvironmentFailure when it cannot be kept.
    """
    given = environment.get(VARIABLE)
    if given is not None:
        if len(given) < 16:
            raise InputError(
                f"{VARIABLE} has {len(given)} characters, which can be guessed: give at least 16, "
                "such as the output of `openssl rand -hex 32`"
            )
        return given.encode()
    path = home / FILE
    with disk(path):
        if not path.exists():
            _make_key(path)
        return path.read_bytes()


def _make_key(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    made = path.with_name(f".{FILE}-{token_bytes(8).hex()}")
    handle = os.open(made, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    try:
        with open(handle, "wb") as file:
            file.write(token_bytes(_KEY_BYTES))
            file.flush()
            os.fsync(file.fileno())
        # Of several processes that start at once the first decides.
        try:
            os.link(made, path)
        except FileExistsError:
            return
        flush_folder(path.parent)
    finally:
        made.unlink()
