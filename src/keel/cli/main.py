"""The command `keel`: parse, call a room, print."""

import errno
import os
import sys
import traceback

import typer

from keel.about import VERSION
from keel.cli import new, predict, reproduce, rollback, run, serve, show
from keel.cli.output import Piped, print_error
from keel.errors import EnvironmentFailure, KeelError
from keel.settings import share_processors

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
app.command("predict")(predict.predict)
app.command("serve")(serve.serve)
app.command("rollback")(rollback.rollback)
app.command("reproduce")(reproduce.reproduce)


@app.callback(invoke_without_command=True)
def _keel(version: bool = typer.Option(False, "--version", help="Print the version.")) -> None:
    if version:
        typer.echo(VERSION)
        raise typer.Exit


def main() -> None:
    """Run the command; every failure has its exit code (0 yes, 1 no, 2 input, 3 environment)."""
    share_processors()
    try:
        sys.exit(app(standalone_mode=False) or 0)
    except KeelError as error:
        print_error(error)
        sys.exit(error.exit_code)
    except (KeyboardInterrupt, typer.Abort):
        sys.stderr.write("\ninterrupted: the same command goes on from what was finished\n")
        sys.exit(130)
    except Piped:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(141)
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES):
            traceback.print_exc()
        print_error(
            EnvironmentFailure(f"{error.strerror or error}: {error.filename or 'while writing'}")
        )
        sys.exit(3)
    except Exception as error:
        _usage(error)
        traceback.print_exc()
        sys.stderr.write("this is a fault of Keel: please report it with the lines above\n")
        sys.exit(3)


def _usage(error: Exception) -> None:
    """A wrong command line ends with 2, as typer would do on its own."""
    show = getattr(error, "show", None)
    if show is not None:
        show()
        sys.exit(getattr(error, "exit_code", 2))
