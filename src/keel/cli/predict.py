"""`keel predict`: answer every row of a table."""

from pathlib import Path
from typing import Annotated

import typer

from keel.cli.output import Progress, print_json


def predict(
    reference: Annotated[str, typer.Argument(help="fraud, fraud@7", metavar="SYSTEM[@VERSION]")],
    table: Annotated[str, typer.Argument(help="CSV, Parquet, JSONL or Arrow.", metavar="IN")],
    into: Annotated[Path, typer.Argument(help="CSV, Parquet, JSONL or Arrow.", metavar="OUT")],
    columns: Annotated[
        str | None, typer.Option(help="Column names, for a file without a header.", metavar="A,B,C")
    ] = None,
    k: Annotated[
        int | None, typer.Option("--k", help="Items of each list; 10 unless said.")
    ] = None,
    threads: Annotated[int | None, typer.Option(min=1, help="Else all cores.")] = None,
    json: Annotated[bool, typer.Option(help="Print one JSON object.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress.")] = False,
) -> None:
    """Answer every row of IN into OUT, in order, batch by batch.

    OUT has a row for each row of IN: the key if one is declared, the prediction, and for classes
    a score each; of lists a row for each item. OUT appears only when it is whole.
    """
    from keel.batch import answer_table
    from keel.store import open_store
    from keel.train.export.ask_options import USUAL, AskOptions

    names = None if columns is None else tuple(name.strip() for name in columns.split(","))
    answered = answer_table(
        open_store(),
        reference,
        table,
        into,
        columns=names,
        threads=threads,
        options=USUAL if k is None else AskOptions(k=k),
        tell=Progress(quiet=quiet),
    )
    if json:
        print_json(answered.to_json())
