"""The screen of `keel status`."""

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table

from keel.cli.output import interval, outcome
from keel.monitor.show_status import ShownStatus
from keel.releases.show import ShownRelease


def view(found: ShownStatus) -> Group:
    """What answers, then the release in flight with its last look, then those that are over."""
    champion = "none" if found.champion is None else f"{found.system}@{found.champion}"
    previous = f"  [dim]before it {found.system}@{found.previous}[/]"
    parts: list[RenderableType] = [
        f"champion  [bold]{champion}[/]{'' if found.previous is None else previous}"
    ]
    if (release := found.release) is not None:
        parts.append(f"release   [bold]{release.what}[/], {release.state}")
        parts.append(_steps(release))
        if release.reason:
            parts.append(f"because   {escape(release.reason)}")
        parts += [_traffic(found)] if found.traffic else []
        parts += [_verdicts(release)] if release.verdicts else []
    for ended in found.ended:
        when = f"{ended.ended_at:%Y-%m-%d %H:%M}"
        parts.append(f"[dim]{when}  {ended.what}: {ended.state}, {escape(ended.reason)}[/]")
    return Group(*parts)


def _steps(release: ShownRelease) -> str:
    ends = release.step_ends_at
    until = "" if ends is None else f"  [dim]until {ends:%Y-%m-%d %H:%M:%S} UTC[/]"
    if release.kind != "steps":
        return f"since     {release.began_at:%Y-%m-%d %H:%M:%S} UTC{until}"
    marks = [
        f"[green]✓ {step}[/]"
        if place < release.step
        else f"[bold]→ {step}[/]"
        if place == release.step
        else f"[dim]  {step}[/]"
        for place, step in enumerate(release.steps)
    ]
    extended = f"  [yellow]extended {release.extended} times[/]" if release.extended else ""
    return f"steps     {'  '.join(marks)}{until}{extended}"


def _traffic(found: ShownStatus) -> Table:
    table = Table("arm", "version", "requests", "failed", "p50", "p99", box=None, pad_edge=False)
    for arm in found.traffic:
        lost = f" ({arm.dropped:,} not kept)" if arm.dropped else ""
        table.add_row(
            arm.arm,
            f"{found.system}@{arm.version}",
            f"{arm.requests:,}{lost}",
            f"{arm.failed:,}",
            interval(arm.latency_p50_ms, None, None, "ms"),
            interval(arm.latency_p99_ms, None, None, "ms"),
        )
    return table


def _verdicts(release: ShownRelease) -> Table:
    table = Table("promise", "verdict", "value", "n", "why", box=None, pad_edge=False)
    for verdict in release.verdicts:
        shown = interval(verdict.value, verdict.low, verdict.high, verdict.unit)
        count = "-" if verdict.n is None else f"{verdict.n:,}"
        why = escape(verdict.reason)
        table.add_row(escape(verdict.promise), outcome(verdict.outcome), shown, count, why)
    return table
