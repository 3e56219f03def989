"""What a process of a server is told when it begins."""

from pathlib import Path

import msgspec

from keel.api.limits import Limits
from keel.settings import Settings


class Orders(msgspec.Struct, frozen=True):
    """settings: of the store. host, port: as clients see them. listening: the descriptor of the
    socket that connections come in at. grpc_port: None without gRPC. shadow: the descriptor that
    requests are handed to versions in shadow through, or come in by."""

    settings: dict[str, str | None]
    host: str
    port: int
    listening: int
    grpc_port: int | None
    limits: Limits
    shadow: int


def settings_of(orders: Orders) -> Settings:
    """The settings of the store."""
    return msgspec.convert(orders.settings, Settings, dec_hook=_path)


def plain_settings(settings: Settings) -> dict[str, str | None]:
    """`settings` as a process is told them."""
    return {name: None if value is None else str(value) for name, value in vars(settings).items()}


def _path(kind: type, value: object) -> object:
    if kind is not Path:
        raise NotImplementedError(f"settings hold paths and texts, not {kind.__name__}")
    return Path(str(value))
