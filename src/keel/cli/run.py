"""`keel run`: train, prove, register."""

from pathlib import Path
from typing import Annotated

import typer

from keel.cli.output import Progress, interval, out, outcome, print_json
from keel.walk.report import RunReport


def run(
    where: Annotated[
        str | None,
        typer.Argument(help="A folder with a keel.yaml, a keel.yaml, or a table.", metavar="WHERE"),
    ] = None,
    target: Annotated[
        str | None,
        typer.Option(help="The column to learn; to judge by (detect); of items (recommend)."),
    ] = None,
    table: Annotated[
        str | None, typer.Option(help="A table elsewhere: postgresql://…, a SQLite file.")
    ] = None,
    query: Annotated[str | None, typer.Option(help="The rows of --table to read.")] = None,
    name: Annotated[str | None, typer.Option(help="The system's name; else the file's.")] = None,
    task: Annotated[
        str | None, typer.Option(help="classify, regress, detect, recommend; else inferred.")
    ] = None,
    test: Annotated[str | None, typer.Option(help="A table to use as the test part.")] = None,
    columns: Annotated[
        str | None, typer.Option(help="Column names, for a file without a header.", metavar="A,B,C")
    ] = None,
    ignore: Annotated[str | None, typer.Option(help="Columns to leave out.", metavar="A,B")] = None,
    time: Annotated[str | None, typer.Option(help="The time column; splits by time.")] = None,
    group: Annotated[
        str | None, typer.Option(help="Rows of one group stay together; users (recommend).")
    ] = None,
    minutes: Annotated[float | None, typer.Option(min=0.01, help="Budget for the search.")] = None,
    trials: Annotated[int | None, typer.Option(min=1, help="Budget for the search.")] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="Settles whatever is random.")] = None,
    into: Annotated[
        Path | None, typer.Option("--out", help="Where to write the inferred keel.yaml.")
    ] = None,
    json: Annotated[bool, typer.Option(help="Print one JSON object.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress.")] = False,
) -> None:
    """Learn from a table or a declared system, prove its promises, and register the version.

    Exit 0 if the version passes, 1 if it is held, 2 if the input is wrong.
    """
    from keel.declare import Wanted, declare
    from keel.lifecycle import run as walk
    from keel.store import open_store

    wanted = Wanted(
        where=where,
        target=target,
        table=table,
        query=query,
        name=name,
        task=task,
        test=test,
        columns=_names(columns),
        ignore=_names(ignore) or (),
        time=time,
        group=group,
        minutes=minutes,
        trials=trials,
        seed=seed,
        into=into,
    )
    tell = Progress(quiet=quiet)
    declared = declare(wanted, tell)
    finished = walk(declared.system, base=declared.base, store=open_store(), tell=tell)
    if json:
        print_json(finished.report.to_json())
    else:
        _print(finished.report)
    raise typer.Exit(0 if finished.report.status != "held" else 1)


def _print(report: RunReport) -> None:
    from rich.table import Table

    console = out()
    if report.promises:
        table = Table("promise", "verdict", "value", "n", box=None, pad_edge=False)
        for verdict in report.promises:
            value = interval(verdict.value, verdict.low, verdict.high, verdict.unit)
            count = "-" if verdict.n is None else f"{verdict.n:,}"
            table.add_row(verdict.promise, outcome(verdict.outcome), value, count)
        console.print(table)
        for verdict in report.promises:
            if verdict.outcome != "kept":
                console.print(f"  {verdict.promise}: {verdict.reason}", markup=False)
        console.print()
    console.print(f"[bold]{report.system}@{report.version}[/] is [bold]{report.status}[/]")
    console.print(f"model    {report.why}", markup=False)
    console.print(f"card     {report.card}", markup=False)
    if report.status == "held":
        console.print("held     nothing changes for those who ask: read why above, then run again")
    else:
        console.print(f"next     keel serve, or keel predict {report.system} IN.csv OUT.csv")


def _names(text: str | None) -> tuple[str, ...] | None:
    return None if text is None else tuple(name.strip() for name in text.split(",") if name.strip())
