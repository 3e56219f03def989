"""`keel watch`: follow a log and print alerts as they arise."""

import json as json_module
import sys
from typing import Annotated

import typer

from keel.cli.output import Piped, Progress, out
from keel.monitor.alert import Alert
from keel.monitor.incidents import Incident

MOST_SHOWN = 3
"""Alerts of one incident that are printed whole; the others take a line each."""


def watch(
    reference: Annotated[str, typer.Argument(help="logs, logs@7", metavar="SYSTEM[@VERSION]")],
    where: Annotated[str, typer.Argument(help="A log file, or - for stdin.", metavar="FILE|-")],
    from_start: Annotated[
        bool, typer.Option("--from-start", help="Also what the file holds already.")
    ] = False,
    once: Annotated[bool, typer.Option("--once", help="Stop at the end of the file.")] = False,
    json: Annotated[bool, typer.Option(help="Print one JSON object per alert.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress.")] = False,
) -> None:
    """Answer the windows of a log as they end, and print those that are flagged, with what is odd
    about them. Rotated and truncated files are followed. Exit 1 if there was an alert."""
    from keel.store import open_store
    from keel.watch import watch as follow

    report = follow(
        open_store(),
        reference,
        where,
        on_alert=_print_json if json else _print,
        from_start=from_start,
        once=once,
        tell=Progress(quiet=quiet),
    )
    if report.alerts:
        raise typer.Exit(1)


def _print_json(alert: Alert, incident: Incident) -> None:
    try:
        sys.stdout.write(json_module.dumps({**alert.to_json(), "incident": incident.number}) + "\n")
        sys.stdout.flush()
    except BrokenPipeError as error:
        raise Piped from error


def _print(alert: Alert, incident: Incident) -> None:
    console = out()
    span = " to ".join(f"{end:%Y-%m-%d %H:%M:%S}" for end in (alert.start, alert.end) if end)
    begun = "" if incident.alerts == 1 else f", alert {incident.alerts} of it"
    console.print(f"[red]●[/] incident {incident.number}{begun}  ", end="")
    scored = f"score {alert.score:.3g} >= {alert.threshold:.3g}"
    console.print(f"{alert.window}  {span}  {scored}", markup=False)
    for reason in alert.reasons if incident.alerts <= MOST_SHOWN else alert.reasons[:1]:
        console.print(f"    {reason.kind}: {reason.template}", markup=False)
        console.print(f"      {reason.words}", markup=False, style="dim")
    for number, text, odd in alert.lines if incident.alerts <= MOST_SHOWN else ():
        console.print(f"  {'>' if odd else ' '} {number:5}  {text}", markup=False)
