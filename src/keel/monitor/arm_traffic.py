"""What each arm of a release was asked so far."""

from pathlib import Path

import msgspec
import polars as pl

from keel.releases.release import Release
from keel.serve.answers.read_answers import read_answers


class ArmTraffic(msgspec.Struct, frozen=True):
    """Requests that an arm answered or failed; how long they took, in milliseconds, None without
    any; and how many answers the log did not keep."""

    arm: str
    version: int
    requests: int
    failed: int
    latency_p50_ms: float | None
    latency_p99_ms: float | None
    dropped: int


def arm_traffic(root: Path, release: Release) -> list[ArmTraffic]:
    """The arms that were asked, by name. root: the folder of answers."""
    answers = read_answers(root, release.system, since=release.began_at)
    mine = pl.col("release") == release.id
    latency = pl.col("latency_ms")
    found = (
        answers.frame.filter(mine, pl.col("row") == 0)
        .group_by("arm", "version")
        .agg(
            pl.len().alias("requests"),
            pl.col("error").is_not_null().sum().alias("failed"),
            latency.quantile(0.5).alias("latency_p50_ms"),
            latency.quantile(0.99).alias("latency_p99_ms"),
        )
        .sort("arm", "version")
        .collect()
    )
    lost = answers.dropped.filter(mine).group_by("arm").agg(pl.col("dropped").sum())
    dropped = {str(arm): int(count) for arm, count in lost.iter_rows()}
    return [ArmTraffic(**row, dropped=dropped.get(row["arm"], 0)) for row in found.to_dicts()]
