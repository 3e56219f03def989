"""What the templates may call: words, names, icons and charts."""

from collections.abc import Callable, Mapping

from markupsafe import Markup

from keel.evaluate.card import charts, interval_plot, summary, words
from keel.evaluate.card.confusion import confusion_view
from keel.evaluate.card.svg import drawing, element

ICONS = {
    "kept": "M2.6 6.4l2.3 2.3 4.5-5",
    "broken": "M3.3 3.3l5.4 5.4M8.7 3.3l-5.4 5.4",
    "undecided": "M3 6.9c1-1.9 2-1.9 3-.9s2 1 3-.9",
    "pending": "M6 3.2v3l2 1.4",
    "note": "M6 5.6v3.2M6 3.3v.2",
}


def trusted(source: str) -> Markup:
    """Our own style and script, which are written as they are."""
    return Markup(source)


def shown(value: object) -> object:
    """What an expression in the template becomes before it is escaped."""
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


def parameters(values: Mapping[str, object]) -> str:
    """`depth 6, rate 0.1`."""
    return ", ".join(f"{key} {_value(value)}" for key, value in values.items())


def sign(value: float | None) -> str:
    """The class of a change: up, down, or neither when it is nothing to speak of."""
    if value is None or not abs(value) >= 0.001:
        return "soft"
    return "up" if value > 0 else "down"


def _value(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


FILTERS: dict[str, Callable[..., object]] = {
    "name": name,
    "number": words.number,
    "count": words.count,
    "share": words.share,
    "seconds": words.seconds,
    "spoken": words.spoken,
    "estimated": words.estimated,
    "probability": words.probability,
    "parameters": parameters,
    "shorten": words.shorten,
    "change": words.change,
    "sign": sign,
    "sentence": words.sentence,
}

FUNCTIONS: dict[str, Callable[..., object]] = {
    "interval": words.interval,
    "plural": words.plural,
    "few": words.few,
    "times": words.times,
    "icon": icon,
    "summarise": summary.summarise,
    "what_to_look_at": summary.what_to_look_at,
    "headline": summary.headline,
    "promise_plot": interval_plot.promise_plot,
    "figure_plot": interval_plot.figure_plot,
    "slice_plots": charts.slice_plots,
    "importance_plots": charts.importance_plots,
    "candidate_plots": charts.candidate_plots,
    "curve_charts": charts.curve_charts,
    "learning_chart": charts.learning_chart,
    "regression_charts": charts.regression_charts,
    "confusion_view": confusion_view,
}
