"""The screen of `keel status`."""

from rich.console import Group, RenderableType
from rich.table import Table

from keel.cli.output import interval, outcome
from keel.releases.release import Release
from keel.releases.status import Status


def view(found: Status) -> Group:
    """What answers, then the release in flight with its last look, then those that are over."""
    parts: list[RenderableType] = []
    champion = "none" if found.champion is None else f"{found.system}@{found.champion}"
    before = (
        "" if found.previous is None else f"  [dim]before it {found.system}@{found.previous}[/]"
    )
    parts.append(f"champion  [bold]{champion}[/]{before}")
    if found.release is not None:
        parts += [
            f"release   [bold]{found.release}[/], {found.release.state}",
            _steps(found.release),
        ]
        if found.release.reason:
            parts.append(f"because   {found.release.reason}")
        if found.release.verdicts:
            parts.append(_verdicts(found.release))
    for ended in found.ended:
        when = ended.ended_at
        parts.append(f"[dim]{when:%Y-%m-%d %H:%M}  {ended}: {ended.state}, {ended.reason}[/]")
    return Group(*parts)


def _steps(release: Release) -> str:
    marks = [
        f"[green]✓ {step}[/]"
        if place < release.step
        else f"[bold]→ {step}[/]"
        if place == release.step
        else f"[dim]  {step}[/]"
        for place, step in enumerate(release.steps)
    ]
    ends = release.step_ends_at
    until = "" if ends is None else f"  [dim]until {ends:%Y-%m-%d %H:%M:%S} UTC[/]"
    extended = f"  [yellow]extended {release.extended} times[/]" if release.extended else ""
    return "steps     " + "  ".join(marks) + until + extended


def _verdicts(release: Release) -> Table:
    table = Table("promise", "verdict", "value", "n", "why", box=None, pad_edge=False)
    for verdict in release.verdicts:
        shown = interval(verdict.value, verdict.low, verdict.high, verdict.unit)
        count = "-" if verdict.n is None else f"{verdict.n:,}"
        table.add_row(verdict.promise, outcome(verdict.outcome), shown, count, verdict.reason)
    return table
