"""Who acts, for the audit trail."""

import getpass
import os
import socket


def read_actor() -> str:
    """The user and the machine of this process: `ada@laptop`."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        # A container may run under a number that nobody gave a name.
        user = str(os.getuid())
    return f"{user}@{socket.gethostname()}"
