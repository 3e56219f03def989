"""A version as a folder: sealed once, verified whenever it is loaded."""

from collections.abc import Mapping
from pathlib import Path

from keel.backends.blobs import Blobs
from keel.backends.disk import disk
from keel.errors import ArtifactError
from keel.registry.manifest import MANIFEST, read_folder, verify_folder
from keel.registry.record import Record, read_record, write_record

MODEL = "model.onnx"
RECORD = "version.json"
REFERENCE = "reference.arrow"


def write_artifact(folder: Path, record: Record, files: Mapping[str, bytes] | None = None) -> str:
    """Seal `folder` as a version and return its digest.

    `folder` may hold files already (the reference table, the card); `files` are written beside
    them by name, then `version.json` from `record`, then the manifest. Doing it again changes
    nothing. Raises ArtifactError when there is no `model.onnx`, when it is not the one that
    `record` is about, or when a file is a link or of a format that could run code when loaded;
    EnvironmentFailure when the disk is full.
    """
    with disk(folder):
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in (files or {}).items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        (folder / RECORD).write_bytes(write_record(record))
        manifest = read_folder(folder)
        model = manifest.files.get(MODEL)
        if model is None or model.sha256 != record.model_sha256:
            found = "there is none" if model is None else f"SHA-256 {model.sha256}"
            raise ArtifactError(
                f"{folder} must hold the {MODEL} with SHA-256 {record.model_sha256} that the "
                f"record is about, but {found}: write it there before registering"
            )
        (folder / MANIFEST).write_bytes(manifest.write())
    return manifest.digest


def read_artifact(blobs: Blobs, digest: str) -> Path:
    """The folder of the version with this digest, every file checked; not to be written to.

    Raises ArtifactError naming every file that differs, is missing or was added.
    """
    folder = blobs.read(digest)
    with disk(folder):
        verify_folder(folder, digest)
    return folder


def read_version_record(folder: Path) -> Record:
    """The record in a folder that `read_artifact` gave."""
    with disk(folder):
        return read_record((folder / RECORD).read_bytes())
