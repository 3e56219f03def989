"""`keel serve`: answer over HTTP."""

from typing import Annotated

import typer


def serve(
    host: Annotated[str, typer.Option(help="Where to listen; this machine only.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes any free one.")] = 8700,
    grpc_port: Annotated[
        int | None,
        typer.Option(min=0, max=65535, help="For gRPC: the port above, unless said."),
    ] = None,
    workers: Annotated[int, typer.Option(min=1, help="Processes that share the ports.")] = 1,
    at_once: Annotated[
        int, typer.Option(min=1, help="Requests in work, of one process; more are to come back.")
    ] = 64,
    timeout: Annotated[
        float, typer.Option(min=0.001, help="Seconds that an answer may take.")
    ] = 30.0,
    insecure: Annotated[
        bool, typer.Option("--insecure", help="Allow a host that others can reach.")
    ] = False,
) -> None:
    """Serve the champion of every system: /v1/{system}/predict and the Open Inference Protocol,
    over HTTP and gRPC."""
    from keel.api.limits import Limits
    from keel.api.server import serve as listen
    from keel.store import open_store

    listen(
        open_store(),
        host=host,
        port=port,
        grpc_port=grpc_port,
        workers=workers,
        insecure=insecure,
        limits=Limits(most_at_once=at_once, answer_s=timeout),
    )
