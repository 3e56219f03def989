"""A version cannot come back when what its features are found in is gone."""

from collections.abc import Callable

from keel.backends.blobs import Blobs
from keel.backends.online import OnlineStore
from keel.errors import Conflict
from keel.registry.artifact import read_artifact
from keel.registry.version import Version

Check = Callable[[Version], None]
"""Raises Conflict for a version that is not to answer."""


def require_state(version: Version, blobs: Blobs, online: OnlineStore) -> None:
    """Raises Conflict for a version whose online state was dropped, or never filled in here."""
    # Tables are loaded only where a state is asked for: moving a release is a light thing.
    from keel.features.online.scope import online_features
    from keel.train.export.exported import read_exported
    from keel.train.export.feature_plan import read_plan

    signature = read_exported(read_artifact(blobs, version.digest)).signature
    if not signature.tables:
        return
    if not online_features(online, version.system, read_plan(signature)).ready:
        raise Conflict(
            f"{version} cannot answer: the events that its features are taken from are no longer "
            "kept online, as it was replaced long ago; keel run of its declaration fills them in "
            f"again (keel show {version} --json has it). Is KEEL_ONLINE what it was?"
        )
