"""Why a window of log lines is odd: which template, what was expected and seen, which step."""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import polars as pl
from numpy.typing import NDArray

from keel.data.logs.log_reading import LogLines
from keel.data.logs.parameters import Values
from keel.monitor.reason import Reason
from keel.train.codecs.templates import Templates

MOST_REASONS = 5
MOST_PLACES = 5
LEAST, LEAST_ALONE = 1.5, 1.0
"""Reasons that surprise less are none: one window in thirty has them; the best one of a window
that has no other may be a little weaker."""

FAR = 0.25
"""Numbers are told that lie so many of their usual spans outside."""

USUAL_EDGE = 0.5
"""How windows begin and end says something where so many of them do so alike."""

_SHOWN = 120


def explain_window(codec: Templates, text: str) -> tuple[Reason, ...]:
    """What is odd about a window compared with those that the version learned from, the oddest
    first. Empty where nothing stands out by itself."""
    lines = codec.reading.read(pl.Series([text]))
    numbers = codec.numbers(lines)
    ids = codec.ids(numbers)
    found = [
        *_unseen(codec, lines, ids),
        *_counts(codec, lines, ids),
        *_steps(codec, lines, ids),
        *_values(codec, lines, numbers),
    ]
    best: dict[tuple[str, str], Reason] = {}
    for reason in found:
        held = best.get(reason.key)
        if reason.surprise >= LEAST_ALONE and (held is None or held.surprise < reason.surprise):
            best[reason.key] = reason
    ranked = sorted(best.values(), key=lambda reason: -reason.surprise)
    clear = [reason for reason in ranked if reason.surprise >= LEAST]
    return tuple(clear[:MOST_REASONS] or ranked[:1])


def _unseen(codec: Templates, lines: LogLines, ids: NDArray[np.int32]) -> Iterator[Reason]:
    """Lines that fit no template, by what is left of them when values are masked."""
    rows = np.flatnonzero(ids == codec.known + 1)
    learned = sum(template.lines for template in codec.parser.templates)
    for code in dict.fromkeys(lines.code[rows].tolist()):
        same = rows[lines.code[rows] == code]
        times = "once" if len(same) == 1 else f"{len(same)} times"
        yield Reason(
            "unseen",
            lines.masked[code][:_SHOWN],
            f"never seen in {learned:,} lines before, and {times} here",
            np.log10(2 * learned + 2),
            "0",
            str(len(same)),
            _places(lines, same),
        )


def _counts(codec: Templates, lines: LogLines, ids: NDArray[np.int32]) -> Iterator[Reason]:
    """Templates that come more or less often than in nearly all windows before."""
    usual = codec.usual
    counts = np.bincount(ids, minlength=codec.known + 2)[1 : codec.known + 1]
    odd = np.flatnonzero((counts > usual.high) | (counts < usual.low))
    for place in odd.tolist():
        low, high = int(usual.low[place]), int(usual.high[place])
        count, mean = int(counts[place]), float(usual.mean[place])
        expected = f"{low} to {high}" if low < high else f"{high}"
        missing = " (missing)" if count == 0 else ""
        yield Reason(
            "count",
            codec.text(place + 1)[:_SHOWN],
            f"{count} times{missing}, where {expected} are usual and {mean:.3g} the mean",
            # Beyond a quantile of so many windows, and further by as much as it grew.
            np.log10(min(usual.windows, 200)) + abs(np.log2((count + 1) / ((high or mean) + 1))),
            expected,
            str(count),
            _places(lines, np.flatnonzero(ids == place + 1)),
        )


def _steps(codec: Templates, lines: LogLines, ids: NDArray[np.int32]) -> Iterator[Reason]:
    """The least likely step, unless it is to a line that is odd by itself."""
    usual = codec.usual
    line = [0, *ids.tolist(), 0]
    known = [
        (usual.chance(before, after), row)
        for row, (before, after) in enumerate(pairwise(line))
        if codec.known + 1 not in (before, after) and _is_told(codec, before, after)
    ]
    if not known:
        return
    chance, row = min(known)
    before, after = line[row], line[row + 1]
    followers = [f"{_short(codec, i)} ({share:.0%})" for i, share in usual.followers(before)]
    usually = ", ".join(followers) or "nothing"
    yield Reason(
        "order",
        codec.text(after)[:_SHOWN] if after else "the end of the window",
        f"after {_short(codec, before)} came {_short(codec, after)}; usually {usually}",
        -np.log10(chance),
        usually,
        _short(codec, after),
        _places(lines, np.array([min(row, len(ids) - 1)])),
    )


def _is_told(codec: Templates, before: int, after: int) -> bool:
    """Whether a step says anything: windows of time begin and end anywhere."""
    if before and after:
        return True
    if not before and not after:
        return False
    edge = codec.usual.followers(before, 1) if not before else codec.usual.leaders(after, 1)
    return bool(edge) and edge[0][1] >= USUAL_EDGE


def _values(codec: Templates, lines: LogLines, numbers: NDArray[np.int32]) -> Iterator[Reason]:
    """Numbers out of their range and words where others stood."""
    watched = {
        number: [w for w in codec.watched if w.template == number] for number in set(numbers)
    }
    for row, number in enumerate(numbers.tolist()):
        if not watched.get(number):
            continue
        template = codec.parser.templates[number]
        texts = Values(template).read([lines.message[row]])[0]
        for one in watched[number] if texts is not None else ():
            said = texts[one.slot] if texts is not None else ""
            place = (int(lines.place[row]),)
            where = f"value {one.slot + 1} of {template.text[:_SHOWN]!r}"
            if one.is_new(said):
                words = ", ".join(one.words[:5])
                yield Reason(
                    "word",
                    template.text[:_SHOWN],
                    f"{where} is {said[:_SHOWN]!r}; until now only {words}",
                    np.log10(template.lines + 1),
                    words,
                    said[:_SHOWN],
                    place,
                )
            elif not one.words and one.excess(said) > FAR:
                expected = f"{one.low:.4g} to {one.high:.4g}"
                yield Reason(
                    "number",
                    template.text[:_SHOWN],
                    f"{where} is {said[:_SHOWN]}; {expected} is usual",
                    np.log10(template.lines + 1) + np.log10(1 + one.excess(said)),
                    expected,
                    said[:_SHOWN],
                    place,
                )


def _short(codec: Templates, identity: int) -> str:
    return repr(codec.text(identity)[:_SHOWN]) if identity else "the edge of the window"


def _places(lines: LogLines, rows: NDArray[np.int64]) -> tuple[int, ...]:
    return tuple(int(lines.place[row]) for row in rows[:MOST_PLACES])
