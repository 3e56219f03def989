"""What the HTML templates may call: words, names, icons and charts."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from markupsafe import Markup

from keel.evaluate.card import charts, interval_plot, summary, words
from keel.evaluate.card.confusion import Cell, confusion_view, derived_from
from keel.evaluate.card.svg import drawing, element
from keel.metrics.metric import Better

ICONS = {
    "kept": "M2.6 6.4l2.3 2.3 4.5-5",
    "broken": "M3.3 3.3l5.4 5.4M8.7 3.3l-5.4 5.4",
    "undecided": "M3 6.9c1-1.9 2-1.9 3-.9s2 1 3-.9",
    "pending": "M6 3.2v3l2 1.4",
    "note": "M6 5.6v3.2M6 3.3v.2",
}

OUTCOMES = {"bad": "broken", "certain": "broken", "doubtful": "undecided", "suspect": "undecided"}

AIMS = {"lower": ("↓", "lower is better"), "zero": ("→ 0", "the nearer to zero the better")}


def trusted(source: str) -> Markup:
    """Our own style and script, which are written as they are."""
    return Markup(source)


def legible(value: object) -> object:
    """What an expression in a template becomes before it is escaped."""
    if value is None:
        return words.NOTHING
    return words.clean(value) if type(value) is str else value


def name(text: object, length: int = words.NAME_LENGTH) -> Markup:
    """A person's own word: isolated from the direction of ours, cut with the rest in its title."""
    whole = words.clean(str(text))
    if not whole.strip():
        return Markup('<bdi class="empty">(empty)</bdi>')
    cut = words.shorten(whole, length)
    if cut == whole:
        return Markup("<bdi>{}</bdi>").format(whole)
    return Markup('<bdi title="{}">{}</bdi>').format(words.shorten(whole, words.TITLE_LENGTH), cut)


def names(texts: Sequence[str], most: int, length: int) -> Markup:
    """The first `most` names, and how many there are beside."""
    few, left = words.few(texts, most)
    return _listed((name(text, length) for text in few), left)


def classes(shares: Mapping[str, float], most: int) -> Markup:
    """The first `most` classes with their shares."""
    few, left = words.few(list(shares.items()), most)
    return _listed((_beside(name(one, 32), words.share(part)) for one, part in few), left)


def libraries(versions: Mapping[str, str]) -> Markup:
    """Each library with its version."""
    return _listed((_beside(name(one, 40), name(at, 24)) for one, at in versions.items()), 0)


def icon(outcome: str) -> Markup:
    """A shape for each outcome, so that colour is never needed: tick, cross, wave, clock, i."""
    return drawing(
        12,
        12,
        outcome,
        element("circle", cx=6, cy=6, r=5.4, class_="disc"),
        element("path", d=ICONS.get(outcome, ICONS["pending"]), class_="sign"),
        class_=f"icon {outcome}",
    )


def outcome_of(level: str) -> str:
    """The look of a notice's level or a finding's severity."""
    return OUTCOMES.get(level, "note")


def aim(better: Better) -> Markup:
    """The sign of a figure that should not be high."""
    if better not in AIMS:
        return Markup()
    return element("span", AIMS[better][0], class_="soft", title=AIMS[better][1])


def rightness(cell: Cell) -> str:
    """The class of a cell on the diagonal or off it; none where answers are actions."""
    return "" if cell.right is None else "right" if cell.right else "wrong"


def sign(value: float | None) -> str:
    """The class of a change: up, down, or neither when it is nothing to speak of."""
    if value is None or not abs(value) >= 0.001:
        return "soft"
    return "up" if value > 0 else "down"


def _listed(items: Iterable[Markup], left: int) -> Markup:
    more = Markup(' <span class="soft">and {} more</span>').format(words.count(left))
    return Markup(", ").join(items) + (more if left else Markup())


def _beside(what: Markup, remark: str) -> Markup:
    return Markup('{}&nbsp;<span class="soft">{}</span>').format(what, remark)


WORDS: dict[str, Callable[..., object]] = {
    "number": words.number,
    "count": words.count,
    "share": words.share,
    "seconds": words.seconds,
    "spoken": words.spoken,
    "estimated": words.estimated,
    "probability": words.probability,
    "shorten": words.shorten,
    "change": words.change,
    "sentence": words.sentence,
    "full_stop": words.full_stop,
    "interval": words.interval,
    "plural": words.plural,
    "few": words.few,
    "times": words.times,
    "parameters": words.parameters,
    "flat": words.flat,
    "summarise": summary.summarise,
    "what_to_look_at": summary.what_to_look_at,
    "headline": summary.headline,
    "in_the_table": summary.in_the_table,
    "reached": summary.reached,
    "validated": summary.validated,
    "confusion_view": confusion_view,
    "derived_from": derived_from,
}
"""For both templates: values in, plain text or values out."""

PIECES: dict[str, Callable[..., object]] = {
    "name": name,
    "names": names,
    "classes": classes,
    "libraries": libraries,
    "icon": icon,
    "outcome_of": outcome_of,
    "aim": aim,
    "rightness": rightness,
    "sign": sign,
    "how_to_read": interval_plot.how_to_read,
    "promise_plot": interval_plot.promise_plot,
    "figure_plot": interval_plot.figure_plot,
    "slice_plots": charts.slice_plots,
    "importance_plots": charts.importance_plots,
    "candidate_plots": charts.candidate_plots,
    "learning_chart": charts.learning_chart,
    "charts": charts.charts,
}
"""For the page alone: values in, markup out."""
