"""Exporting: a registered version as files that others run."""

import shutil
from pathlib import Path
from typing import Literal, get_args

from keel.backends.disk import disk
from keel.errors import InputError
from keel.export.ci import write_ci
from keel.export.docker import write_docker
from keel.export.kubernetes import write_kubernetes
from keel.export.onnx import write_onnx
from keel.export.subject import Subject
from keel.registry.artifact import read_artifact, read_version_record
from keel.registry.find import find
from keel.spec.nearest import did_you_mean
from keel.store import Store
from keel.train.export.exported import read_exported

Target = Literal["docker", "kubernetes", "onnx", "ci"]
TARGETS: tuple[Target, ...] = get_args(Target)


def export(
    store: Store, reference: str, to: str, into: Path | None = None, *, image: str | None = None
) -> Path:
    """Write the version that `reference` names for `to`; returns the folder, or of `ci` the file.

    into: `SYSTEM-NUMBER-TARGET` unless said, and must not hold anything; of `ci` the repository,
    the working folder unless said. image: what the image is called, `SYSTEM:NUMBER` unless said.
    Raises NotFound, InputError; a failure leaves nothing behind.
    """
    if to not in TARGETS:
        raise InputError(f"cannot export to {to!r}: {did_you_mean(to, TARGETS)}")
    subject = _subject(store, reference)
    image = image or f"{subject.name}:{subject.version.number}"
    if to == "ci":
        return write_ci(subject, into or Path())
    into = into or Path(f"{subject.name}-{subject.version.number}-{to}")
    if into.exists() and not (into.is_dir() and not any(into.iterdir())):
        raise InputError(f"{into} is there and not empty: remove it, or say another --into")
    with disk(into):
        half = into.with_name(f".{into.absolute().name}.part")
        shutil.rmtree(half, ignore_errors=True)
        half.mkdir(parents=True)
        try:
            if to == "docker":
                write_docker(subject, store.engine, half, image=image)
            elif to == "kubernetes":
                write_kubernetes(subject, half, image=image)
            else:
                write_onnx(subject, half)
            if into.exists():
                into.rmdir()
            half.rename(into)
        finally:
            shutil.rmtree(half, ignore_errors=True)
    return into


def _subject(store: Store, reference: str) -> Subject:
    version = find(store.engine, reference)
    folder = read_artifact(store.blobs, version.digest)
    return Subject(version, folder, read_version_record(folder), read_exported(folder))
