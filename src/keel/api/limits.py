"""What a server takes at most."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """most_at_once: requests in work, of one process; those beyond are told to come back.
    most_wait_s: the same for requests that waited so long for their turn. answer_s: for an answer.
    receive_s: for a whole request to come in, or for more of one that is answered meanwhile.
    most_headers, most_header_bytes: of a request."""

    most_at_once: int = 64
    most_wait_s: float = 1.0
    answer_s: float = 30.0
    receive_s: float = 60.0
    most_headers: int = 100
    most_header_bytes: int = 64 * 2**10


USUAL_LIMITS = Limits()
