"""`keel labels`: say what turned out to be true of what was answered."""

from typing import Annotated

import typer

from keel.cli.output import out, print_json


def labels(
    reference: Annotated[str, typer.Argument(help="fraud, fraud@7", metavar="SYSTEM[@VERSION]")],
    file: Annotated[
        str,
        typer.Argument(
            help="A table (CSV, Parquet, JSON lines) with the column `label`, and the declared key "
            "or `request_id` (and `row`, `at`)."
        ),
    ],
    json: Annotated[bool, typer.Option(help="Print one JSON object.")] = False,
) -> None:
    """Record the labels of a table, all or none. The last one of a key is true; saying the same
    again changes nothing."""
    from keel.label_table import label_table

    done = label_table(reference, file)
    if json:
        print_json({"recorded": done.new, "changed": done.changed, "repeated": done.repeated})
        return
    said = f"{done.new:,} labels recorded"
    said += f", {done.changed:,} changed" if done.changed else ""
    said += f", {done.repeated:,} were there already" if done.repeated else ""
    out().print(said)
