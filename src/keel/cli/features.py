"""`keel features`: build, verify and show what is learned from."""

from pathlib import Path
from typing import Annotated

import typer

from keel.cli.output import Progress, out, print_json

app = typer.Typer(
    name="features",
    help="Build, verify and explain features.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

Folder = Annotated[Path, typer.Argument(help="A folder with a keel.yaml.", metavar="DIR")]
Json = Annotated[bool, typer.Option(help="Print one JSON object.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress.")]


@app.command()
def build(
    folder: Folder,
    into: Annotated[Path, typer.Argument(help="CSV, Parquet, JSONL or Arrow.", metavar="OUT")],
    spine: Annotated[
        str, typer.Option("--for", help="Rows of entities and times.", metavar="TABLE")
    ],
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Write the rows of TABLE, in their order, with the features of each as of its own time.

    The declaration needs only data, entities and features.
    """
    from keel.declare import FILE, read_declaration
    from keel.store import open_store
    from keel.walk.features.build_set import build_set
    from keel.walk.features.prepared import prepare_features

    tell = Progress(quiet=quiet)
    declared = read_declaration(folder / FILE)
    prepared = prepare_features(declared.system, declared.base, open_store().settings, tell)
    built = build_set(prepared, spine, into, tell)
    if json:
        print_json(built.to_json())


@app.command()
def verify(
    folder: Folder,
    rows: Annotated[int, typer.Option(min=1, help="How many rows to ask for.")] = 1000,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Replay history through the online path, and compare every feature with the offline result.

    Exit 0 if they agree, 1 if they do not.
    """
    from rich.table import Table

    from keel.declare import FILE, read_declaration
    from keel.store import open_store
    from keel.walk.features.prepared import prepare_features
    from keel.walk.features.verify import verify as replay

    tell = Progress(quiet=quiet)
    declared = read_declaration(folder / FILE)
    settings = open_store().settings
    prepared = prepare_features(declared.system, declared.base, settings, tell)
    verified = replay(prepared, rows, settings.scratch, tell)
    if json:
        print_json(verified.to_json())
    else:
        table = Table("feature", "differs", "missing online", "extra online", box=None)
        for one in verified.features:
            table.add_row(one.name, str(one.different), str(one.missing), str(one.extra))
        out().print(table)
        for one in verified.features:
            if one.example is not None:
                out().print(f"{one.name}: {one.example}", markup=False)
        agree = "agree" if verified.same else "differ"
        out().print(f"online and offline {agree} on {verified.rows:,} rows")
    raise typer.Exit(0 if verified.same else 1)


@app.command()
def show(
    folder: Folder,
    name: Annotated[str | None, typer.Argument(help="One feature.", metavar="FEATURE")] = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Explain every feature: in words, what it comes from, how fresh it is, whose it is, and which
    champions use it."""
    from keel.declare import FILE, read_declaration
    from keel.errors import NotFound
    from keel.spec.nearest import did_you_mean
    from keel.store import open_store
    from keel.walk.features.prepared import prepare_features
    from keel.walk.features.show import show_features

    store = open_store()
    declared = read_declaration(folder / FILE)
    tell = Progress(quiet=quiet)
    prepared = prepare_features(declared.system, declared.base, store.settings, tell)
    shown = show_features(prepared, store)
    if name is not None:
        names = [feature.name for feature in shown]
        if name not in names:
            raise NotFound(f"no feature {name!r}: {did_you_mean(name, names)}")
        shown = [feature for feature in shown if feature.name == name]
    if json:
        print_json({"features": [feature.to_json() for feature in shown]})
        return
    console = out()
    for feature in shown:
        console.print(f"[bold]{feature.name}[/]  [dim]{feature.kind}[/]")
        lines = {
            "is": feature.words,
            "from": ", ".join(feature.lineage),
            "fresh": feature.freshness,
            "newest": None if feature.newest is None else f"{feature.newest:%Y-%m-%d %H:%M} UTC",
            "owner": feature.owner,
            "shared": feature.shared,
            "used by": ", ".join(feature.used_by),
        }
        for label, line in lines.items():
            if line:
                console.print(f"   {label:<8} {line}", markup=False)
