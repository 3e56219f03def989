"""`python -m keel` is the command `keel`."""

from keel.cli.main import main

main()
