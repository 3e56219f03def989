"""`keel status`: what answers for a system, and how its release is doing."""

from typing import Annotated

import typer

from keel.cli.output import out, print_json


def status(
    system: Annotated[str, typer.Argument(help="The system.")],
    watch: Annotated[
        bool, typer.Option("--watch", help="Again each second, until Ctrl-C.")
    ] = False,
    json: Annotated[bool, typer.Option(help="Print one JSON object.")] = False,
) -> None:
    """What answers, which release is in flight, and what the last look at it found."""
    import time
    from functools import partial

    import msgspec
    from rich.live import Live

    from keel.cli.view_status import view
    from keel.monitor.show_status import show_status
    from keel.store import open_store

    store = open_store()

    look = partial(show_status, store.engine, store.settings.answers, system)

    if json:
        print_json(msgspec.to_builtins(look()))
    elif not watch:
        out().print(view(look()))
    else:
        with Live(view(look()), console=out(), auto_refresh=False) as live:
            while True:
                time.sleep(1)
                live.update(view(look()), refresh=True)
