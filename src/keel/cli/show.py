"""`keel list` and `keel show`: what is registered."""

from typing import Annotated

import typer

from keel.cli.output import interval, out, outcome, print_json

Reference = Annotated[str, typer.Argument(help="fraud, fraud@7, fraud@champion, fraud@latest")]


def list_(json: Annotated[bool, typer.Option(help="Print one JSON object.")] = False) -> None:
    """All systems, their versions and what answers."""
    from rich.table import Table

    from keel.registry.listing import list_systems
    from keel.store import open_store

    listed = list_systems(open_store().engine)
    if json:
        print_json(
            {
                "systems": [
                    {
                        "system": system.system,
                        "task": system.task,
                        "champion": system.champion,
                        "versions": system.last_number,
                        "ready": system.champion is not None,
                    }
                    for system in listed
                ]
            }
        )
        return
    if not listed:
        out().print("no system yet: [bold]keel new fraud --like fraud[/] makes one")
        return
    table = Table("system", "task", "champion", "versions", box=None, pad_edge=False)
    for system in listed:
        champion = "-" if system.champion is None else f"{system.system}@{system.champion}"
        table.add_row(system.system, system.task or "-", champion, str(system.last_number))
    out().print(table)


def show(
    reference: Reference,
    json: Annotated[bool, typer.Option(help="Print one JSON object.")] = False,
) -> None:
    """One version: what it is, its figures, its promises, where its card is."""
    from rich.table import Table

    from keel.errors import NotReady
    from keel.registry.artifact import read_artifact, read_version_record
    from keel.registry.find import find
    from keel.registry.record import write_record
    from keel.store import open_store

    store = open_store()
    try:
        version = find(store.engine, reference)
    except NotReady:
        # All versions are held: the last one is the one to look at.
        version = find(store.engine, f"{reference}@latest")
    folder = read_artifact(store.blobs, version.digest)
    record = read_version_record(folder)
    if json:
        import json as json_module

        whole = json_module.loads(write_record(record))
        whole |= {"version": version.number, "status": str(version.status)}
        print_json(whole | {"aliases": list(version.aliases), "folder": str(folder)})
        return
    console = out()
    console.print(f"[bold]{version}[/]  {', '.join(version.aliases) or version.status}")
    console.print(f"{version.task} by {version.algorithm}, {version.created_at:%Y-%m-%d %H:%M} UTC")
    rows = record.rows
    console.print(f"rows: {rows.train} train, {rows.validation} validation, {rows.test} test")
    promises = Table("promise", "verdict", "value", "n", box=None, pad_edge=False)
    for verdict in version.verdicts:
        shown = interval(verdict.value, verdict.low, verdict.high, verdict.unit)
        promises.add_row(verdict.promise, outcome(verdict.outcome), shown, str(verdict.n or "-"))
    if version.verdicts:
        console.print(promises)
    figures = Table("figure", "value", "n", box=None, pad_edge=False)
    for name, figure in version.metrics.items():
        figures.add_row(name, interval(figure.value, figure.low, figure.high), str(figure.n))
    console.print(figures)
    console.print(f"artifact  {version.digest}")
    console.print(f"card      {folder / 'card.html'}")
