"""`keel reproduce`: refit a recorded version and compare."""

from typing import Annotated

import typer

from keel.cli.output import Progress, out, print_json


def reproduce(
    reference: Annotated[str, typer.Argument(help="fraud@7")],
    json: Annotated[bool, typer.Option(help="Print one JSON object.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress.")] = False,
) -> None:
    """Refit the recorded winner on the recorded table; compare the model's hash and the figures.

    Exit 0 if they are the same, 1 if not.
    """
    from keel.reproduce import reproduce as refit
    from keel.store import open_store

    found = refit(reference, open_store(), Progress(quiet=quiet))
    if json:
        print_json(found.to_json())
    else:
        console = out()
        console.print(f"{found.version}: {'reproduced' if found.same else 'NOT reproduced'}")
        console.print(f"model.onnx  {found.recorded_sha256[:16]}  {found.refitted_sha256[:16]}")
        for difference in found.differences:
            console.print(f"  {difference}")
    raise typer.Exit(0 if found.same else 1)
