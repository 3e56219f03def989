"""`keel new`: start from a reference system."""

from pathlib import Path
from typing import Annotated

import typer

from keel.cli.output import Progress, out


def new(
    name: Annotated[str, typer.Argument(help="What to call the system.")],
    like: Annotated[
        str, typer.Option(help="fraud, credit, churn, spam, movies or logs.")
    ] = "fraud",
    into: Annotated[Path | None, typer.Option(help="The folder to make it in.")] = None,
    data: Annotated[
        Path | None, typer.Option(help="The data set on this machine; else it is fetched.")
    ] = None,
    if_missing: Annotated[
        bool, typer.Option("--if-missing", help="Do nothing if the folder is there.")
    ] = False,
) -> None:
    """Copy a reference system with its data into a folder that `keel run` runs."""
    from keel.systems.catalogue import copy

    folder = (into or Path()) / name
    if if_missing and (folder / "keel.yaml").exists():
        return
    copy(name, like, folder, data=data, tell=Progress(quiet=False))
    out().print(f"made {folder}: [bold]keel run {folder}[/]")
