"""`keel release`: let a version take over, or answer beside another."""

from typing import Annotated

import typer

from keel.cli.output import out, print_json


def release(
    reference: Annotated[
        str, typer.Argument(help="fraud@8; a system for --ab, --aa, --go-on.", metavar="SYSTEM[@N]")
    ],
    arms: Annotated[
        list[str] | None,
        typer.Argument(help="Of an A/B: fraud@7=50 fraud@8=50.", metavar="[SYSTEM@N=SHARE]..."),
    ] = None,
    steps: Annotated[
        str | None, typer.Option(help='"shadow 10m, 5% 1h, 100%"; else as declared.')
    ] = None,
    ab: Annotated[bool, typer.Option("--ab", help="Versions side by side.")] = False,
    aa: Annotated[bool, typer.Option("--aa", help="The champion beside itself.")] = False,
    lasts: Annotated[
        str | None, typer.Option("--for", help="How long an A/B or A/A lasts: 7d.")
    ] = None,
    go_on: Annotated[
        bool, typer.Option("--go-on", help="On to the next step of what is in flight.")
    ] = False,
    json: Annotated[bool, typer.Option(help="Print one JSON object.")] = False,
) -> None:
    """Release a version step by step; every step checks the promises on live answers.

    `keel serve` moves it on, rolls it back, or asks. `keel status` shows where it is.
    """
    from functools import partial

    import msgspec

    from keel.clock import system_clock
    from keel.errors import InputError
    from keel.registry.actor import read_actor
    from keel.releases.asked import Asked, release_as_asked
    from keel.releases.move import go_on_by_hand
    from keel.releases.release import Kind
    from keel.releases.require_state import require_state
    from keel.releases.show import shown, told
    from keel.spec.duration import parse_duration
    from keel.store import open_store

    if ab + aa + go_on > 1:
        raise InputError("--ab, --aa and --go-on are different things: say one of them")
    store, actor = open_store(), read_actor()
    if go_on:
        begun = go_on_by_hand(store.engine, reference.partition("@")[0], system_clock, actor=actor)
    else:
        kind = Kind.AB if ab else Kind.AA if aa else Kind.STEPS
        try:
            length = None if lasts is None else parse_duration(lasts)
        except ValueError as error:
            raise InputError(f"--for: {error}") from error
        asked = Asked(reference, kind, steps, tuple(arms or ()), length)
        check = partial(require_state, blobs=store.blobs, online=store.online)
        begun = release_as_asked(store.engine, asked, system_clock, actor=actor, check=check)
    if json:
        print_json(msgspec.to_builtins(shown(begun)))
    else:
        out().print(told(begun), markup=False)
