"""`keel rollback`: put the previous champion back."""

import getpass
from typing import Annotated

import typer

from keel.cli.output import out, print_json


def rollback(
    system: Annotated[str, typer.Argument(help="The system.")],
    json: Annotated[bool, typer.Option(help="Print one JSON object.")] = False,
) -> None:
    """Let the champion before this one answer again."""
    from keel.clock import system_clock
    from keel.registry.rollback import rollback as put_back
    from keel.store import open_store

    version = put_back(open_store().engine, system, system_clock, actor=getpass.getuser())
    if json:
        print_json({"system": system, "champion": version.number})
    else:
        out().print(f"{version} is champion again")
