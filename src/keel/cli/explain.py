"""`keel explain`: why rows are answered as they are."""

import sys
from dataclasses import asdict
from typing import Annotated, Any

import typer

from keel.cli.output import out, print_json
from keel.errors import RequestError

BAR = 20


def explain(
    reference: Annotated[str, typer.Argument(help="fraud, fraud@7", metavar="SYSTEM[@VERSION]")],
    where: Annotated[
        str, typer.Argument(help="A table, or - for JSON rows on stdin.", metavar="FILE|-")
    ],
    of: Annotated[
        str | None,
        typer.Option(help="Class whose score is explained; else the positive or predicted one."),
    ] = None,
    scale: Annotated[str | None, typer.Option(help="probability (unless said), log_odds.")] = None,
    rows: Annotated[int, typer.Option(min=1, help="Explain the first so many.")] = 5,
    most: Annotated[int, typer.Option(min=1, help="Features to print of each row.")] = 10,
    json: Annotated[bool, typer.Option(help="Print one JSON object.")] = False,
) -> None:
    """Say how far each feature moved the score of a row from the usual one.

    What all features moved, and the usual score, add up to the score. Lists come with the reasons
    of their items.
    """
    from keel.session import load_session

    session = load_session(reference, home=None)
    frame = _read(where, session.predictor.signature)[:rows]
    if session.predictor.signature.listing is not None:
        listed = session.predict(frame)
        print_json({"items": listed.to_dicts()}) if json else out().print(listed)
        return
    found = session.explain_rows(frame, of=of, scale=scale)  # type: ignore[arg-type]
    if json:
        print_json(_plain(str(session.version), found))
    else:
        _print(found, most)


def _read(where: str, signature: Any) -> Any:
    from pathlib import Path

    import polars as pl

    from keel.data.stream import Frames
    from keel.serve.rows import frame_of

    if where == "-":
        return frame_of(_json_rows(sys.stdin.buffer.read()), signature).frame
    bad: list[object] = []
    first = next(iter(Frames(where, bad.append, base=Path())), None)
    return pl.DataFrame() if first is None else first


def _json_rows(text: bytes) -> list[Any]:
    """Of one object, a list, `{"rows": [...]}`, or an object a line."""
    import msgspec

    try:
        given = msgspec.json.decode(text)
    except msgspec.DecodeError:
        try:
            return [msgspec.json.decode(line) for line in text.splitlines() if line.strip()]
        except msgspec.DecodeError as error:
            raise RequestError(
                f"stdin is neither JSON nor a JSON object a line: {error}"
            ) from error
    if isinstance(given, dict):
        given = given.get("rows", [given])
    return given if isinstance(given, list) else [given]


def _plain(version: str, found: Any) -> dict[str, Any]:
    return {
        "version": version,
        "unit": found.unit,
        "exact": found.exact,
        "background": found.background,
        "explanations": [asdict(one) for one in found.rows],
    }


def _print(found: Any, most: int) -> None:
    from keel.evaluate.explainer import show_values

    console = out()
    unit = found.unit.replace("_", " ")
    for number, one in enumerate(found.rows):
        of = "" if one.of is None else f" of {one.of}"
        console.print(
            f"row {number}: {one.prediction}, {unit}{of} {one.score:.4g}; usual {one.base:.4g}",
            markup=False,
        )
        shown = one.attributions[:most]
        largest = max((abs(a.moved) for a in shown), default=0.0) or 1.0
        names = [
            f"{a.feature}{' =' if len(a.values) == 1 else ':'} {show_values(a)}"[:48] for a in shown
        ]
        width = max(map(len, names), default=0)
        for name, a in zip(names, shown, strict=True):
            error = "" if found.exact else f" ± {a.error:.2g}"
            mark = "▇" * round(BAR * abs(a.moved) / largest)
            colour = "red" if a.moved > 0 else "blue"
            console.print(f"  {name:{width}}  {a.moved:>+10.4g}{error}  ", end="", markup=False)
            console.print(mark, style=colour, markup=False)
        others = sum(a.moved for a in one.attributions[most:])
        if len(one.attributions) > most:
            console.print(f"  {len(one.attributions) - most} others  {others:+.4g}", markup=False)
