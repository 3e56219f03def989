"""Cuts bytes into lines as they come, each of a size that memory holds."""

MOST_LINE_BYTES = 4 * 2**20


class Lines:
    """Lines without their ends, empty ones left out; None stands for a line that is too long."""

    def __init__(self, most_bytes: int = MOST_LINE_BYTES) -> None:
        self._most_bytes = most_bytes
        self._begun: list[bytes] = []
        self._size = 0

    def feed(self, part: bytes) -> list[bytes | None]:
        """The lines that end in `part`."""
        *ended, rest = part.split(b"\n")
        lines = []
        for piece in ended:
            self._begin(piece)
            lines += self.end()
        self._begin(rest)
        return lines

    def end(self) -> list[bytes | None]:
        """The line that is begun, as nothing more comes of it."""
        line = b"".join(self._begun).strip()
        too_long = self._size > self._most_bytes
        self._begun, self._size = [], 0
        if too_long:
            return [None]
        return [line] if line else []

    def _begin(self, piece: bytes) -> None:
        self._size += len(piece)
        if self._size > self._most_bytes:
            self._begun.clear()
        else:
            self._begun.append(piece)
