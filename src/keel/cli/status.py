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

    from rich.live import Live

    from keel.cli.view_status import view
    from keel.releases.show import shown
    from keel.releases.status import read_status
    from keel.store import open_store

    engine = open_store().engine
    found = read_status(engine, system)
    if json:
        release = found.release
        print_json(
            {
                "system": system,
                "champion": found.champion,
                "previous": found.previous,
                "release": None if release is None else shown(release),
                "ended": [shown(ended) for ended in found.ended],
            }
        )
        return
    if not watch:
        out().print(view(found))
        return
    with Live(view(found), console=out(), auto_refresh=False) as live:
        while True:
            time.sleep(1)
            live.update(view(read_status(engine, system)), refresh=True)
