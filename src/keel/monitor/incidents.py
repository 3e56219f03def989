"""Groups alerts of one incident, as they come."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from keel.monitor.alert import Alert

QUIET = timedelta(minutes=30)
"""An incident without a new alert for so long is over."""

ONE_WINDOW = timedelta(minutes=1)
"""Alerts so near are of one incident even if their reasons differ."""

MOST_OPEN = 100


@dataclass(eq=False)
class Incident:
    """Alerts that follow each other for like reasons. number: from 1, in the order of appearance.
    worst: the alert with the highest score."""

    number: int
    first: Alert
    worst: Alert
    alerts: int = 1
    causes: set[tuple[str, str]] = field(default_factory=set)
    last: datetime | None = None


class Incidents:
    """Gives each alert its incident. Alerts come in the order in which their windows end."""

    def __init__(self) -> None:
        self._open: list[Incident] = []
        self._count = 0

    def add(self, alert: Alert) -> Incident:
        """The incident of an alert; a new one has one alert."""
        self._close(alert.start)
        for incident in self._open:
            if self._belongs(alert, incident):
                incident.alerts += 1
                incident.causes |= alert.causes
                if alert.score > incident.worst.score:
                    incident.worst = alert
                incident.last = _later(incident.last, alert.end)
                return incident
        self._count += 1
        made = Incident(self._count, alert, alert, 1, set(alert.causes), alert.end)
        self._open = [*self._open[-MOST_OPEN + 1 :], made]
        return made

    def _belongs(self, alert: Alert, incident: Incident) -> bool:
        if alert.causes & incident.causes:
            return True
        if alert.start is None or incident.last is None:
            return False
        return alert.start - incident.last <= ONE_WINDOW

    def _close(self, now: datetime | None) -> None:
        if now is not None:
            self._open = [i for i in self._open if i.last is None or now - i.last <= QUIET]


def _later(one: datetime | None, other: datetime | None) -> datetime | None:
    if one is None or other is None:
        return one or other
    return max(one, other)
