"""The process of a server that asks versions in shadow, when nobody else has work.

`python -m keel.api.shadow_worker`, with its orders as a line of JSON on stdin; the end of stdin is
its stop.
"""

import os
import signal
import socket
import sys
import threading
from contextlib import ExitStack, suppress

import msgspec

from keel.api.orders import Orders, settings_of
from keel.errors import KeelError
from keel.serve.answer_in_shadow import answer_in_shadow
from keel.serve.answers.open_answer_log import open_answer_log
from keel.serve.board import open_board
from keel.serve.meters import Meters
from keel.serve.runtime import Runtime, polling
from keel.serve.shadow_line import ShadowLine
from keel.settings import share_processors
from keel.store import open_store

WAIT_S = 0.2


def main() -> None:
    """Read the orders and follow them."""
    share_processors()
    orders = msgspec.json.decode(sys.stdin.buffer.readline(), type=Orders)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    store = open_store(settings_of(orders))
    stop = threading.Event()
    threading.Thread(target=_stop_at_end, args=(stop,), daemon=True).start()
    with ExitStack() as stack:
        line = ShadowLine(stack.enter_context(socket.socket(fileno=orders.shadow)))
        runtime = Runtime(
            store.engine,
            store.blobs,
            online=store.online,
            answer_log=stack.enter_context(open_answer_log(store.settings)),
            meters=Meters(open_board(store.settings.run / str(orders.port))),
        )
        runtime.refresh()
        stack.enter_context(polling(runtime))
        sys.stdout.buffer.write(b"[]\n")
        sys.stdout.buffer.flush()
        # From here on those who answer go first; to begin must not take for ever.
        with suppress(OSError):
            os.nice(19)
        if hasattr(os, "SCHED_IDLE"):
            with suppress(OSError):
                os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
        while not stop.is_set():
            request = line.receive(WAIT_S)
            if request is not None:
                answer_in_shadow(runtime, request)
            runtime.look(0)


def _stop_at_end(stop: threading.Event) -> None:
    sys.stdin.buffer.read()
    stop.set()


if __name__ == "__main__":
    try:
        main()
    except KeelError as error:
        sys.exit(f"error: {error}")
