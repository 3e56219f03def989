"""The confusion matrix as a reader needs it: shares of each class, the worst mistakes of many."""

from dataclasses import dataclass

from keel.evaluate.card.content import Confusion
from keel.evaluate.card.words import shorten

MOST_CLASSES = 12
MOST_MISTAKES = 20


@dataclass(frozen=True)
class Cell:
    """One count. share: of its class's cases; level: 0 to 10, how dark it is; right: on the
    diagonal, None where answers are actions rather than classes."""

    count: int
    share: float
    level: int
    right: bool | None


@dataclass(frozen=True)
class Mistake:
    """Cases of one class answered as another."""

    actual: str
    answer: str
    count: int
    share: float


@dataclass(frozen=True)
class ConfusionView:
    """Rows of cells with the class's number of cases; with many classes only the mistakes."""

    answers: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Cell, ...], int], ...]
    mistakes: tuple[Mistake, ...]
    classes: int


def derived_from(confusion: Confusion) -> str:
    """What the derived figures count as an alarm."""
    if confusion.positive is None:
        return "over all classes"
    if len(confusion.thresholds) > 1:
        return f"{shorten(confusion.thresholds[0].action, 24)} or graver taken as an alarm"
    return f"{shorten(confusion.positive, 24)} taken as an alarm"


def confusion_view(confusion: Confusion) -> ConfusionView:
    """The matrix of up to 12 classes, and for more than two the largest mistakes."""
    same = list(confusion.classes) == list(confusion.answers)
    rows = []
    mistakes = []
    for place, (actual, counts) in enumerate(zip(confusion.classes, confusion.counts, strict=True)):
        total = sum(counts)
        cells = []
        for other, cases in enumerate(counts):
            part = cases / total if total else 0.0
            right = (place == other) if same else None
            cells.append(Cell(int(cases), part, round(10 * part), right))
            if same and place != other and cases:
                mistakes.append(Mistake(actual, confusion.answers[other], int(cases), part))
        rows.append((actual, tuple(cells), int(total)))
    many = max(len(confusion.classes), len(confusion.answers)) > MOST_CLASSES
    mistakes.sort(key=lambda mistake: -mistake.count)
    return ConfusionView(
        () if many else tuple(confusion.answers),
        () if many else tuple(rows),
        tuple(mistakes[:MOST_MISTAKES]) if len(confusion.classes) > 2 else (),
        len(confusion.classes),
    )
