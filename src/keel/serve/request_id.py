"""Names requests, each differently in whatever process it is answered."""

import os
from itertools import count
from uuid import uuid4


class _Ids:
    """A random beginning for each process and a number for each request: a random name for every
    request would cost a tenth of a one-row answer."""

    def __init__(self) -> None:
        self.renew()

    def renew(self) -> None:
        """Begin again, under another beginning."""
        self._beginning = uuid4().hex[:20]
        self._numbers = count()

    def next(self) -> str:
        return f"{self._beginning}{next(self._numbers):012x}"


_ids = _Ids()
os.register_at_fork(after_in_child=_ids.renew)


def new_request_id() -> str:
    """A name of 32 hexadecimal digits that no other request has."""
    return _ids.next()
