from datetime import datetime

import msgspec
import numpy as np
import polars as pl
import pytest

from keel.errors import RequestError
from keel.evaluate.explainer import Explainer, show_values
from keel.train.export.exported import Exported
from keel.train.export.open_predictor import predictor_of
from keel.train.export.signature import Feature
from tiny_systems import LOAN, houses, loans, petals, usual_rows, visits

HOUSE = {"area": 100.0, "year": 1930, "seen": "2026-01-01T12:00:00"}


def explainer(exported: Exported) -> Explainer:
    return Explainer(predictor_of(exported), usual_rows(exported))


@pytest.mark.parametrize("budget", [16_384, 400], ids=["counted", "drawn"])
@pytest.mark.parametrize("scale", ["probability", "log_odds"])
def test_what_moved_a_score_and_the_usual_score_add_up_to_it(scale: str, budget: int) -> None:
    rows = pl.DataFrame([LOAN, {**LOAN, "amount": 4000, "channel": None}], strict=False)
    found = explainer(loans()).explain(rows, scale=scale, budget=budget)  # type: ignore[arg-type]
    assert found.exact == (budget == 16_384)
    scores = predictor_of(loans()).answer(rows).output[:, 1]
    if scale == "log_odds":
        scores = np.log(scores / (1 - scores))
    for one, score in zip(found.rows, scores, strict=True):
        assert one.score == pytest.approx(score, abs=1e-4)
        assert one.base + sum(a.moved for a in one.attributions) == pytest.approx(one.score)
        assert sorted(a.feature for a in one.attributions) == sorted(LOAN)


def test_log_odds_of_a_linear_model_move_by_its_coefficients() -> None:
    """In log-odds a logistic model is a sum: a feature moves it in step with its own value."""
    rows = pl.DataFrame({"length": [0.1, 0.2, 0.3], "width": [0.0, 0.0, 0.0]})
    exported = petals()
    usual = pl.DataFrame({"length": [0.0, 0.5], "width": [0.0, 0.0]})
    found = Explainer(predictor_of(exported), usual).explain(rows, of="small", scale="log_odds")
    for one in found.rows:
        width = next(a for a in one.attributions if a.feature == "width")
        assert width.moved == pytest.approx(0, abs=1e-6)


def test_the_positive_class_is_explained_or_the_predicted_or_the_one_that_is_said() -> None:
    assert {one.of for one in explainer(loans()).explain(pl.DataFrame([LOAN])).rows} == {"lost"}
    petal = pl.DataFrame({"length": [2.0, -2.0], "width": [0.0, 0.0]})
    of_petals = explainer(petals())
    assert [one.of for one in of_petals.explain(petal).rows] == ["large", "small"]
    assert [one.of for one in of_petals.explain(petal, of="medium").rows] == ["medium", "medium"]


def test_a_value_is_explained_by_its_features() -> None:
    (one,) = explainer(houses()).explain(pl.DataFrame([HOUSE])).rows
    assert one.of is None
    assert one.score == one.prediction == pytest.approx(200_000, rel=0.01)
    first = one.attributions[0]
    assert (first.feature, first.values, show_values(first)) == ("area", {"area": 100.0}, "100")
    assert first.moved == pytest.approx(one.score - one.base, rel=0.01)


def test_features_of_one_column_are_one_and_say_all_their_values() -> None:
    texts = {"area": "month(seen)", "is_old": "year + area < 2000", "hour": "hour(seen)"}
    features = tuple(Feature(name, text) for name, text in texts.items())
    exported = houses()
    signature = msgspec.structs.replace(exported.signature, features=features)
    of_houses = explainer(Exported(exported.model, signature, exported.codecs))
    names = [(player.name, player.columns) for player in of_houses.players]
    assert names == [("seen", ("area", "hour")), ("is_old", ("is_old",))]
    (one,) = of_houses.explain(pl.DataFrame([HOUSE])).rows
    seen = next(a for a in one.attributions if a.feature == "seen")
    assert show_values(seen) == "area 1, hour 12"


def test_an_anomaly_score_is_explained_by_what_is_odd() -> None:
    usual = {"pages": [5.0] * 20, "seconds": [60.0] * 20, "browser": ["fox", "kite"] * 10}
    of_visits = Explainer(predictor_of(visits()), pl.DataFrame(usual))
    odd = pl.DataFrame({"pages": [5], "seconds": [9000], "browser": ["fox"]})
    found = of_visits.explain(odd)
    assert found.unit == "anomaly_score"
    assert found.rows[0].attributions[0].feature == "seconds"
    assert found.frame["feature"][0] == "seconds"


def test_a_row_is_explained_alike_alone_and_among_others() -> None:
    rows = pl.DataFrame([{**LOAN, "amount": amount} for amount in (1, 2400, 2600, 5000)])
    of_loans = explainer(loans())
    together = of_loans.explain(rows, budget=400)
    assert together.rows[2] == of_loans.explain(rows[2], budget=400).rows[0]
    assert not any(a.error < 0 for one in together.rows for a in one.attributions)


def test_values_that_cannot_be_read_are_missing_and_counted() -> None:
    odd = pl.DataFrame([{**LOAN, "amount": "many", "at": datetime(2026, 1, 1)}])
    found = explainer(loans()).explain(odd)
    assert found.unread == {"amount": 1}
    (amount,) = (a for a in found.rows[0].attributions if a.feature == "amount")
    assert (amount.values, show_values(amount)) == ({"amount": None}, "missing")


def test_what_cannot_be_explained_is_said() -> None:
    rows = pl.DataFrame({"length": [1.0], "width": [1.0]})
    with pytest.raises(RequestError, match=r"no class.*'small'"):
        explainer(petals()).explain(rows, of="smal")
    with pytest.raises(RequestError, match="a value, not a class"):
        explainer(houses()).explain(pl.DataFrame([HOUSE]), of="small")
    with pytest.raises(RequestError, match="of probabilities"):
        explainer(houses()).explain(pl.DataFrame([HOUSE]), scale="log_odds")
    with pytest.raises(RequestError, match="column 'width' is missing"):
        explainer(petals()).explain(rows.drop("width"))


def test_no_rows_have_no_explanations() -> None:
    found = explainer(petals()).explain(pl.DataFrame({"length": [], "width": []}))
    assert (found.rows, found.frame.height) == ((), 0)
