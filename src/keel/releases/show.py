"""A release as plain values, and in a sentence."""

from typing import Any

import msgspec

from keel.releases.release import Kind, Release
from keel.spec.release import format_steps


def shown(release: Release) -> dict[str, Any]:
    """`release` with nothing but texts, numbers, lists and mappings; moments are in ISO 8601."""
    return {
        "release": release.id,
        "system": release.system,
        "what": str(release),
        "kind": str(release.kind),
        "state": str(release.state),
        "reason": release.reason,
        "champion": release.champion,
        "arms": [
            {"arm": arm.name, "version": arm.number, "share": arm.share}
            for arm in (*release.live, *(() if release.shadow is None else (release.shadow,)))
        ],
        "steps": [str(step) for step in release.steps],
        "step": release.step,
        "extended": release.extended,
        "actor": release.actor,
        "began_at": _moment(release.began_at),
        "step_began_at": _moment(release.step_began_at),
        "step_ends_at": _moment(release.step_ends_at),
        "ended_at": _moment(release.ended_at),
        "looked_at": _moment(release.looked_at),
        "verdicts": msgspec.to_builtins(release.verdicts),
    }


def told(release: Release) -> str:
    """A release in one sentence, as it begins."""
    if not release.in_flight:
        return f"{release.system}@{release.challenger} is champion now"
    if release.kind is Kind.STEPS:
        return f"{release} has begun: {format_steps(release.steps)}"
    until = release.step_ends_at
    end = "until it is ended" if until is None else f"until {until:%Y-%m-%d %H:%M} UTC"
    return f"{release} has begun, {end}"


def _moment(moment: Any) -> str | None:
    return None if moment is None else moment.isoformat()
