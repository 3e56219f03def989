"""The command `keel`: parse, call a room, print."""

import os
import signal
import sys
import traceback
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import NoReturn

import typer

from keel.about import VERSION
from keel.backends.disk import FULL, REFUSED, disk_failure
from keel.cli import (
    diagnose,
    explain,
    export,
    features,
    labels,
    new,
    predict,
    release,
    reproduce,
    rollback,
    run,
    serve,
    show,
    status,
    watch,
)
from keel.cli.output import Piped, print_error
from keel.errors import KeelError
from keel.settings import share_processors

INTERRUPTED = 130

app = typer.Typer(
    name="keel",
    help="From a table to a machine-learning system that keeps its promises in production.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("new")(new.new)
app.command("run")(run.run)
app.command("list")(show.list_)
app.command("show")(show.show)
app.add_typer(features.app)
app.command("predict")(predict.predict)
app.command("explain")(explain.explain)
app.command("serve")(serve.serve)
app.command("watch")(watch.watch)
app.command("diagnose")(diagnose.diagnose)
app.command("labels")(labels.labels)
app.command("release")(release.release)
app.command("status")(status.status)
app.command("rollback")(rollback.rollback)
app.command("export")(export.export)
app.command("reproduce")(reproduce.reproduce)


@app.callback(invoke_without_command=True)
def _keel(version: bool = typer.Option(False, "--version", help="Print the version.")) -> None:
    if version:
        typer.echo(VERSION)
        raise typer.Exit


def main() -> None:
    """Run the command; every failure has its exit code (0 yes, 1 no, 2 input, 3 environment)."""
    share_processors()
    interrupts = _note_interrupts()
    try:
        code = app(standalone_mode=False) or 0
        if code == INTERRUPTED:  # as typer says it, without a word
            raise KeyboardInterrupt
        sys.exit(code)
    except KeelError as error:
        print_error(error)
        _leave(error.exit_code)
    except typer.Abort as error:
        raise KeyboardInterrupt from error
    except Piped:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(141)
    except Exception as error:
        if interrupts:
            raise KeyboardInterrupt from error
        _usage(error)
        _refused_by_disk(error)
        traceback.print_exc()
        sys.stderr.write("this is a fault of Keel: please report it with the lines above\n")
        sys.exit(3)


def _leave(code: int) -> NoReturn:
    """End at once, with everything said: a thread of Arrow may still hold a piece of Python after a
    table was refused, and an interpreter that ends in order aborts when it lets go of it."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError):
            stream.flush()
    os._exit(code)


def _usage(error: Exception) -> None:
    """A wrong command line ends with 2, as typer would do on its own."""
    show = getattr(error, "show", None)
    if show is not None:
        show()
        sys.exit(getattr(error, "exit_code", 2))


def _refused_by_disk(error: Exception) -> None:
    """A full or read-only disk is no fault of Keel, wherever it was met."""
    if isinstance(error, OSError) and error.errno in FULL | REFUSED:
        print_error(disk_failure(error, Path(os.environ.get("KEEL_HOME", ".keel"))))
        sys.exit(3)


def _note_interrupts() -> list[int]:
    """Ctrl-C as it comes, and a list that remembers it: libraries make other errors of it."""
    seen: list[int] = []

    def interrupt(number: int, _frame: FrameType | None) -> None:
        seen.append(number)
        raise KeyboardInterrupt

    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, interrupt)
    return seen
