"""A version's graph gives the scores of its whole catalogue."""

import numpy as np
import pytest
from diagnose_case import ITEMS, USERS, healthy, interactions

from keel.data.histories import histories_of
from keel.diagnose.graph_scores import graph_scores
from keel.diagnose.probe import draw_probe
from keel.errors import ArtifactError
from keel.train.export.graph import FLOAT, Graph
from keel.train.recommend.fallback import FallbackModel
from keel.train.recommend.top_items import write_graph


@pytest.mark.parametrize("algorithm", ["ease", "als", "popularity"])
def test_scores_out_of_the_graph_are_those_of_the_model(algorithm: str) -> None:
    case = healthy(algorithm)
    model = FallbackModel(case.fitted, healthy("popularity").fitted)
    scores = graph_scores(write_graph("films", model, ITEMS, most=7))
    users = sorted({str(u) for u in case.situation.trained["user"]}, key=int)
    asked = draw_probe(histories_of(interactions(case.situation.trained, users)), 1).shown
    given = scores(asked)
    assert given.shape == (len(asked), ITEMS)
    np.testing.assert_allclose(given, model.scores(asked), rtol=1e-3, atol=1e-4)
    assert len(asked) < USERS


def test_a_graph_that_picks_nothing_is_refused() -> None:
    graph = Graph("empty")
    given = graph.input("x", FLOAT, ["n"])
    graph.output(graph.node("Neg", given), "y", FLOAT, ["n"])
    with pytest.raises(ArtifactError, match="0 places where the best items are picked"):
        graph_scores(graph.model())
