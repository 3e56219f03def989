"""`keel export`: a version as files that others run."""

from pathlib import Path
from typing import Annotated

import typer

from keel.cli.output import out, print_json

NEXT = {
    "docker": "docker build {into}",
    "kubernetes": "kubectl apply -f {into}",
    "onnx": "cd {into} && python example.py",
    "ci": "git add {into}",
}


def export(
    reference: Annotated[str, typer.Argument(help="fraud, fraud@7", metavar="SYSTEM[@VERSION]")],
    to: Annotated[str, typer.Option(help="docker, kubernetes, onnx, ci.")],
    into: Annotated[
        Path | None, typer.Option(help="The folder; SYSTEM-NUMBER-TARGET, of ci this one.")
    ] = None,
    image: Annotated[
        str | None, typer.Option(help="What the image is called; SYSTEM:NUMBER unless said.")
    ] = None,
    json: Annotated[bool, typer.Option(help="Print one JSON object.")] = False,
) -> None:
    """Write an image's folder, a cluster's manifests, the bare graph, or a workflow that runs the
    system on pull requests."""
    from keel.export.export import export as write
    from keel.store import open_store

    written = write(open_store(), reference, to, into, image=image)
    if json:
        print_json({"to": to, "into": str(written)})
    else:
        out().print(f"{written}\nnext  {NEXT[to].format(into=written)}", markup=False)
