"""`keel diagnose`: why answers are not what they should be."""

from pathlib import Path
from typing import Annotated

import typer

from keel.cli.output import Progress, out, print_json
from keel.diagnose.diagnosis import Diagnosis
from keel.diagnose.finding import Severity

MARKS = {
    Severity.CERTAIN: "[red]✗ certain[/]",
    Severity.SUSPECT: "[yellow]? suspect[/]",
    Severity.NOTE: "[dim]· note[/]",
}


def diagnose(
    reference: Annotated[str, typer.Argument(help="movies, movies@7", metavar="SYSTEM[@VERSION]")],
    user: Annotated[str | None, typer.Option(help="Explain this user's list too.")] = None,
    folder: Annotated[
        Path, typer.Option(help="The system's folder, where its tables are read from.")
    ] = Path(),
    answers: Annotated[
        Path | None,
        typer.Option(help="What was shown: user, time, items; Parquet, JSONL or Arrow."),
    ] = None,
    json: Annotated[bool, typer.Option(help="Print one JSON object.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress.")] = False,
) -> None:
    """Explain irrelevant recommendations step by step, and rank what is wrong, causes first.

    Without --answers, lists are asked for as they would be shown now. Exit 0 if nothing is wrong,
    1 if something is.
    """
    from keel.diagnose_system import diagnose_system
    from keel.store import open_store

    found = diagnose_system(
        open_store(),
        reference,
        user=user,
        folder=folder,
        answers=answers,
        tell=Progress(quiet=quiet),
    )
    if json:
        print_json(found.to_json())
    else:
        _print(found)
    raise typer.Exit(1 if found.alarms else 0)


def _print(found: Diagnosis) -> None:
    console = out()
    about = "" if found.user is None else f" for user {found.user}"
    alarms = len(found.alarms)
    verdict = "nothing is wrong" if not alarms else f"{alarms} finding{'s' * (alarms > 1)}"
    console.print(f"[bold]{found.version}[/]{about}: {verdict}")
    for number, step in enumerate(found.steps, 1):
        console.print(f"\n[bold]{number}. {step.title}[/]")
        for sentence in step.saw:
            console.print(f"   {sentence}", markup=False)
    for number, finding in enumerate(found.findings, 1):
        console.print(f"\n{number}. {MARKS[finding.severity]}  [bold]{finding.kind}[/]")
        console.print(f"   evidence  {finding.evidence}", markup=False)
        console.print(f"   so        {finding.why}", markup=False)
        console.print(f"   do        {finding.action}", markup=False)
