"""The charts: limits, what lies where, and odd values."""

import math
from html.parser import HTMLParser

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from keel.evaluate.card.confusion import confusion_view
from keel.evaluate.card.content import Confusion, Figure, PromiseFact
from keel.evaluate.card.interval_plot import figure_plot, promise_plot, shared_plot
from keel.evaluate.card.line_chart import Axes, Mark, line_chart, thin
from keel.evaluate.card.points import Curve, RegressPoints, Reliability
from keel.evaluate.card.regression_chart import residual_chart, scatter_chart
from keel.evaluate.card.reliability_chart import reliability_chart
from keel.evaluate.card.svg import Scale, element, tick_text, ticks
from keel.metrics.estimate import Estimate


class Shapes(HTMLParser):
    """Tags with their attributes."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, {key: value or "" for key, value in attrs}))

    def of(self, class_: str) -> list[dict[str, str]]:
        return [a for _, a in self.found if class_ in a.get("class", "").split()]


def promise(value: float, low: float, high: float, comparison: str, bar: float) -> PromiseFact:
    return PromiseFact("p", "kept", "r", value, low, high, 10, comparison, bar)


def test_the_tinted_side_is_the_side_that_keeps_the_promise() -> None:
    for comparison, starts_at_bar in ((">=", True), ("<=", False)):
        shapes = Shapes(promise_plot(promise(0.5, 0.4, 0.6, comparison, 0.45)))
        (bar,), (side,), (dot,) = (shapes.of(name) for name in ("bar", "good-side", "dot"))
        assert (float(side["x"]) == float(bar["x1"])) is starts_at_bar
        assert float(dot["cx"]) > float(bar["x1"])


@given(
    value=st.floats(-1e9, 1e9),
    below=st.floats(0, 1e6),
    above=st.floats(0, 1e6),
    bar=st.floats(-1e9, 1e9),
)
def test_interval_and_bar_always_lie_within_the_plot(
    value: float, below: float, above: float, bar: float
) -> None:
    plot = Shapes(promise_plot(promise(value, value - below, value + above, "<=", bar)))
    for line in [*plot.of("bar"), *plot.of("whisker")]:
        assert 0 <= float(line["x1"]) <= float(line["x2"]) <= 220


@pytest.mark.parametrize("value", [None, math.nan, math.inf])
def test_a_promise_without_a_figure_draws_nothing(value: float | None) -> None:
    assert promise_plot(PromiseFact("p", "pending", "r", value, bar=0.5)) == ""
    assert figure_plot(Figure("f", Estimate(math.nan, math.nan, math.nan, 0))) == ""


def test_a_value_off_a_shared_scale_is_an_arrow_at_the_edge() -> None:
    shapes = Shapes(shared_plot(-5.0, -6.0, -4.0, lowest=0.0, highest=1.0, mark=None))
    assert shapes.of("beyond")
    assert not shapes.of("dot")


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=1, max_size=1500))
def test_a_thinned_curve_keeps_its_ends_and_at_most_200_points(
    points: list[tuple[float, float]],
) -> None:
    curve = Curve("c", [x for x, _ in points], [y for _, y in points])
    thinned = thin(curve)
    assert len(thinned.x) == len(thinned.y) <= 200
    assert (thinned.x[0], thinned.y[0]) == points[0]
    assert (thinned.x[-1], thinned.y[-1]) == points[-1]


def test_a_steep_curve_keeps_its_shape_when_thinned() -> None:
    x = np.linspace(0, 1, 20_000)
    y = x**0.01
    thinned = thin(Curve("c", x.tolist(), y.tolist()))
    drawn = np.interp(x, thinned.x, thinned.y)
    assert np.max(np.abs(drawn - y)[x > 1e-3]) < 0.01


def test_more_than_six_curves_and_curves_of_nothing_are_left_out() -> None:
    curves = [Curve(f"c{i}", [0.0, 1.0], [0.0, i / 10]) for i in range(9)]
    assert len(Shapes(line_chart("t", curves, Axes("x", "y"))).of("line")) == 6
    assert line_chart("t", [Curve("c", [], [])], Axes("x", "y")) == ""


def test_values_that_do_not_exist_are_not_drawn() -> None:
    curve = Curve("c", [0.0, math.nan, 0.5, 1.0], [0.0, 0.5, math.inf, 1.0])
    chart = line_chart("t", [curve], Axes("x", "y"), marks=[Mark(math.nan, 0.5, "m")])
    assert "nan" not in chart
    assert "inf" not in chart
    assert not Shapes(chart).of("mark")


def test_calibration_shows_the_number_of_cases_of_every_bin() -> None:
    bins = Reliability("yes", [0.1, 0.6], [0.2, 0.5], [0.1, 0.4], [0.3, 0.6], [900, 12])
    chart = reliability_chart([bins])
    assert len(Shapes(chart).of("count")) == 2
    assert "predicted 0.6, came true 0.5, 12 cases" in chart


def test_bins_of_the_same_size_are_counted_in_words() -> None:
    bins = Reliability("yes", [0.1, 0.6], [0.2, 0.5], [0.1, 0.4], [0.3, 0.6], [600, 601])
    chart = reliability_chart([bins])
    assert not Shapes(chart).of("count")
    assert "2 bins of about 601 cases" in chart


def test_small_probabilities_get_an_axis_of_their_own() -> None:
    small = Reliability("yes", [0.001, 0.02], [0.002, 0.03], [0, 0], [0.1, 0.1], [900, 12])
    first, last = Shapes(reliability_chart([small])).of("point")
    assert float(last["cx"]) - float(first["cx"]) > 100


def test_a_scatter_of_many_cases_draws_200_over_the_whole_range() -> None:
    values = np.arange(5000.0)
    dots = Shapes(scatter_chart(RegressPoints(values.tolist(), values.tolist()))).of("case")
    assert len(dots) == 200
    assert float(dots[-1]["cx"]) - float(dots[0]["cx"]) > 250


def test_charts_of_nothing_are_empty() -> None:
    assert scatter_chart(RegressPoints([], [])) == ""
    assert residual_chart([]) == ""
    assert reliability_chart([]) == ""


def test_ticks_are_round_and_within() -> None:
    assert ticks(0.0, 1.0) == [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]
    assert ticks(0.13, 0.41) == [0.2, 0.3, 0.4]
    assert ticks(3.0, 3.0) == [3.0]
    assert [tick_text(v) for v in (0.25, 2500, 160_000, 2.5e6, -0.5)] == [
        "0.25",
        "2500",
        "160k",
        "2.5M",
        "−0.5",
    ]


def test_a_scale_of_no_width_puts_its_value_in_the_middle() -> None:
    assert Scale(2.0, 2.0, 0.0, 100.0)(2.0) == 50.0


def test_text_and_attributes_of_a_drawing_are_escaped() -> None:
    drawn = element("text", "<b>&", class_='"x"')
    assert drawn == '<text class="&#34;x&#34;">&lt;b&gt;&amp;</text>'


def test_a_confusion_matrix_of_many_classes_becomes_its_largest_mistakes() -> None:
    names = [f"class {i}" for i in range(40)]
    counts = np.diag([50] * 40)
    counts[3, 7] = 31
    view = confusion_view(Confusion(names, names, counts.tolist()))
    assert view.rows == ()
    (mistake,) = view.mistakes
    assert (mistake.actual, mistake.answer, mistake.count) == ("class 3", "class 7", 31)
    assert mistake.share == pytest.approx(31 / 81)


def test_named_actions_are_neither_right_nor_wrong() -> None:
    view = confusion_view(
        Confusion(("ham", "spam"), ("deliver", "flag", "quarantine"), [[90, 8, 2], [1, 3, 6]])
    )
    assert {cell.right for _, cells, _ in view.rows for cell in cells} == {None}
    assert view.answers == ("deliver", "flag", "quarantine")
