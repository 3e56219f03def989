"""Alerts of one cause or one moment are one incident."""

from datetime import datetime, timedelta

from keel.monitor.alert import Alert, lines_around
from keel.monitor.incidents import Incidents
from keel.monitor.reason import Reason

START = datetime(2024, 1, 1)


def alert(minute: float, template: str, score: float = 1.0) -> Alert:
    start = START + timedelta(minutes=minute)
    reason = Reason("unseen", template, "", 3.0, places=(4,))
    return Alert("s", "s@1", "w", start, start + timedelta(seconds=30), score, 0.5, (reason,), ())


def numbers(*alerts: Alert) -> list[int]:
    incidents = Incidents()
    return [incidents.add(one).number for one in alerts]


def test_a_like_cause_within_half_an_hour_is_the_same_incident():
    assert numbers(alert(0, "a"), alert(5, "b"), alert(20, "a"), alert(45, "a")) == [1, 2, 1, 1]


def test_after_a_quiet_time_the_same_cause_is_a_new_incident():
    assert numbers(alert(0, "a"), alert(40, "a")) == [1, 2]


def test_alerts_of_one_moment_are_one_incident_whatever_their_causes():
    assert numbers(alert(0, "a"), alert(1, "b"), alert(10, "b")) == [1, 1, 1]


def test_an_incident_knows_its_first_and_its_worst_alert():
    incidents = Incidents()
    first, worst = alert(0, "a", 1.0), alert(1, "a", 9.0)
    for one in (first, worst, alert(2, "a", 3.0)):
        incident = incidents.add(one)
    assert (incident.first, incident.worst, incident.alerts) == (first, worst, 3)


def test_alerts_without_times_go_by_their_causes():
    def timeless(template: str) -> Alert:
        reason = Reason("unseen", template, "", 3.0)
        return Alert("s", "s@1", "w", None, None, 1.0, 0.5, (reason,), ())

    assert numbers(timeless("a"), timeless("b"), timeless("a")) == [1, 2, 1]


def test_the_lines_around_odd_ones_are_shown_and_those_marked():
    text = "\n".join(f"line {i}" for i in range(20))
    reason = Reason("unseen", "t", "", 3.0, places=(4, 5))
    shown = lines_around(text, [reason])
    assert [number for number, _, _ in shown] == [3, 4, 5, 6, 7, 8]
    assert [line for _, line, odd in shown if odd] == ["line 4", "line 5"]
    assert len(lines_around(text, [])) == 5
