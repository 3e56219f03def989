"""`keel rollback`: end a release, or put the previous champion back."""

from typing import Annotated

import typer

from keel.cli.output import out, print_json


def rollback(
    system: Annotated[str, typer.Argument(help="The system.")],
    json: Annotated[bool, typer.Option(help="Print one JSON object.")] = False,
) -> None:
    """End the release in flight; without one, let the champion before this one answer again."""
    from functools import partial

    import msgspec

    from keel.clock import system_clock
    from keel.registry.actor import read_actor
    from keel.releases.require_state import require_state
    from keel.releases.rollback import rollback as put_back
    from keel.releases.show import ShownRollback, shown
    from keel.store import open_store

    store = open_store()
    check = partial(require_state, blobs=store.blobs, online=store.online)
    done = put_back(store.engine, system, system_clock, actor=read_actor(), check=check)
    if json:
        ended = None if done.ended is None else shown(done.ended)
        print_json(msgspec.to_builtins(ShownRollback(system, done.champion, ended)))
    elif done.ended is not None:
        out().print(f"the {done.ended} is over: {system}@{done.champion} answers everything")
    else:
        out().print(f"{system}@{done.champion} is champion again")
