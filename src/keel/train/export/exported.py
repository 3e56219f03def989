"""A fitted system as data: one graph, its signature and its codecs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from keel.errors import ArtifactError
from keel.train.export.signature import Signature, read_signature

MODEL = "model.onnx"
SIGNATURE = "signature.json"


@dataclass(frozen=True, eq=False)
class Exported:
    """graph: in ONNX, or the file that it lies in. codecs: what answers beside it, by the names of
    files that the signature gives."""

    graph: bytes | Path
    signature: Signature
    codecs: Mapping[str, bytes] = field(default_factory=dict)

    @property
    def model(self) -> bytes:
        """The graph itself."""
        return self.graph if isinstance(self.graph, bytes) else self.graph.read_bytes()

    @property
    def files(self) -> dict[str, bytes]:
        """Everything by file name, as it lies in a version's folder."""
        return {MODEL: self.model, SIGNATURE: self.signature.to_json(), **self.codecs}


def write_exported(exported: Exported, folder: Path) -> None:
    """Write `files` into `folder`."""
    for name, content in exported.files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def read_exported(folder: Path) -> Exported:
    """What lies in a version's folder. Raises ArtifactError naming each file that is not there."""
    absent = [name for name in (MODEL, SIGNATURE) if not (folder / name).is_file()]
    signature = None
    if SIGNATURE not in absent:
        signature = read_signature((folder / SIGNATURE).read_bytes())
        absent += [name for name in _codec_files(signature) if not (folder / name).is_file()]
    if absent or signature is None:
        raise ArtifactError(
            f"{folder} is not a whole version: {', '.join(absent)} not there; "
            "take it from the registry again"
        )
    codecs = {name: (folder / name).read_bytes() for name in _codec_files(signature)}
    return Exported(folder / MODEL, signature, codecs)


def _codec_files(signature: Signature) -> Sequence[str]:
    codecs = [column.codec for column in signature.columns if column.codec is not None]
    return [*codecs, *signature.files]
