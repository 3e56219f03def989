"""What the command `keel` starts, as does `python -m keel`."""

import sys

INTERRUPTED = "\ninterrupted: the same command goes on from what was finished\n"


def start() -> None:
    """Run the command line. Ctrl-C ends it with 130, also while modules load."""
    try:
        from keel.cli.main import main

        main()
    except KeyboardInterrupt:
        sys.stderr.write(INTERRUPTED)
        sys.exit(130)


if __name__ == "__main__":
    start()
