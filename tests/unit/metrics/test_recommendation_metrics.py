"""Figures of lists of items, held against what a reader works out by hand."""

import numpy as np
import pytest
from scipy import sparse

from keel.metrics.bootstrap import compare, estimate, point
from keel.metrics.catalog import check, metrics
from keel.metrics.evidence import Evidence
from keel.metrics.obstacle import obstacle
from keel.metrics.shelf import Shelf
from keel.spec.kinds import TaskName
from keel.spec.promise import parse_measure
from keel.spec.tokens import GrammarError

RECOMMEND = TaskName.RECOMMEND
LISTS = np.array([[3, 1, 4], [0, 2, 5], [5, 4, -1]])
RIGHT = np.array([[1, 9, 4], [7, -1, -1], [5, -1, -1]])
COUNT = np.array([7, 3, 1, 0, 1, 3, 7, 0, 0, 0])
LABELS = sparse.csr_matrix(
    np.array([[1, 0], [1, 0], [0, 1], [1, 1], [0, 1], [0, 0], [1, 0], [1, 0], [0, 1], [0, 1]])
)


def evidence(lists=LISTS, right=RIGHT, shelf: Shelf | None = None, **parts) -> Evidence:
    return Evidence(RECOMMEND, np.array(lists), np.array(right), "made up", shelf=shelf, **parts)


def value(text: str, cases: Evidence) -> float:
    return point(parse_measure(text), cases)


def gains(*places: int) -> float:
    return sum(1 / np.log2(1 + place) for place in places)


def test_recall_is_the_share_of_right_items_that_are_shown():
    cases = evidence()
    assert value("recall at 3", cases) == pytest.approx((2 / 3 + 0 + 1) / 3)
    assert value("recall at 2", cases) == pytest.approx((1 / 3 + 0 + 1) / 3)
    assert value("recall at 100", cases) == value("recall at 3", cases)


def test_hit_rate_counts_users_and_has_the_interval_of_a_share():
    found = estimate(parse_measure("hit_rate at 3"), evidence())
    assert found.value == pytest.approx(2 / 3)
    assert (found.low, found.high) == (
        pytest.approx(0.0943, abs=1e-4),
        pytest.approx(0.9916, abs=1e-4),
    )


def test_ndcg_is_the_gain_over_the_best_there_could_be():
    cases = evidence()
    assert value("ndcg at 3", cases) == pytest.approx((gains(2, 3) / gains(1, 2, 3) + 0 + 1) / 3)
    assert value("ndcg at 2", cases) == pytest.approx((gains(2) / gains(1, 2) + 0 + 1) / 3)


def test_ndcg_as_in_a_published_example():
    # Manning, Raghavan and Schuetze 2008, exercise 8.9 style: relevant at places 1, 3 of 5; two.
    cases = evidence([[0, 1, 2, 3, 4]], [[0, 2]])
    assert value("ndcg at 5", cases) == pytest.approx((1 + 0.5) / (1 + 1 / np.log2(3)))


def test_map_divides_by_how_many_right_items_there_is_room_for():
    cases = evidence()
    assert value("map at 3", cases) == pytest.approx(((1 / 2 + 2 / 3) / 3 + 0 + 1) / 3)
    assert value("map at 2", cases) == pytest.approx(((1 / 2) / 2 + 0 + 1) / 3)


def test_reciprocal_rank_looks_at_the_first_right_item():
    cases = evidence()
    assert value("mrr", cases) == pytest.approx((1 / 2 + 0 + 1) / 3)
    assert value("mrr at 1", cases) == pytest.approx((0 + 0 + 1) / 3)


def test_users_for_whom_nothing_was_right_do_not_count():
    cases = evidence([[0, 1], [0, 1]], [[0, -1], [-1, -1]])
    for text in ("recall at 2", "ndcg at 2", "map at 2", "mrr", "hit_rate at 2"):
        assert value(text, cases) == 1.0


def test_coverage_is_of_the_whole_catalogue():
    shelf = Shelf(COUNT, 7)
    assert value("coverage at 3", evidence(shelf=shelf)) == pytest.approx(6 / 10)
    assert value("coverage at 1", evidence(shelf=shelf)) == pytest.approx(3 / 10)


def test_the_interval_of_coverage_holds_it_as_often_as_it_says():
    random = np.random.default_rng(5)
    chance = 1.0 / np.arange(1, 201)
    chance /= chance.sum()

    def lists(users: int) -> np.ndarray:
        return np.array([random.choice(200, 5, replace=False, p=chance) for _ in range(users)])

    shelf = Shelf(np.ones(200, dtype=np.int64), 10)
    measure = parse_measure("coverage at 5")
    right = np.zeros((60, 1), dtype=np.int64)
    truth = np.mean([point(measure, evidence(lists(60), right, shelf)) for _ in range(80)])
    held = 0
    for _ in range(80):
        found = estimate(measure, evidence(lists(60), right, shelf))
        held += found.low <= truth <= found.high
    assert held / 80 >= 0.9


def test_novelty_is_the_surprise_in_bits():
    cases = evidence(shelf=Shelf(COUNT, 7))
    bits = np.log2(8 / (COUNT + 1))
    expected = np.mean([bits[[3, 1, 4]].mean(), bits[[0, 2, 5]].mean(), bits[[5, 4]].mean()])
    assert value("novelty at 3", cases) == pytest.approx(expected)
    assert bits[0] == 0


def test_diversity_is_the_mean_distance_of_pairs_that_have_labels():
    cases = evidence(shelf=Shelf(COUNT, 7, LABELS))
    # 3 is of both kinds, 1 of the first, 4 of the second; 5 has no label.
    first = np.mean([1 - 1 / np.sqrt(2), 1 - 1 / np.sqrt(2), 1 - 0])
    assert value("diversity at 3", cases) == pytest.approx((first + 1.0) / 2)


def test_popularity_bias_compares_with_the_histories():
    history = np.array([[0, 1], [2, -1], [-1, -1]])
    cases = evidence(shelf=Shelf(COUNT, 7, history=history))
    share = COUNT / 7
    shown = share[[3, 1, 4]].mean() + share[[0, 2, 5]].mean()
    used = share[[0, 1]].mean() + share[2]
    assert value("popularity_bias at 3", cases) == pytest.approx(shown / used - 1)


def test_miscalibration_is_zero_for_the_mix_a_user_likes_and_grows_with_what_is_missing():
    history = np.array([[0, 2], [0, 2]])
    shelf = Shelf(COUNT, 7, LABELS, history)
    alike = evidence([[1, 4], [6, 8]], [[0], [0]], shelf)
    assert value("miscalibration at 2", alike) == pytest.approx(0.0)
    # All of one kind: 0.5 log(0.5 / 0.995) + 0.5 log(0.5 / 0.005), as in Steck's equation 6.
    skewed = evidence([[1, 0], [6, 7]], [[0], [0]], shelf)
    expected = 0.5 * np.log(0.5 / 0.995) + 0.5 * np.log(0.5 / 0.005)
    assert value("miscalibration at 2", skewed) == pytest.approx(expected)


def test_errors_of_ratings_are_over_ratings_and_resampled_by_user():
    predicted = np.array([[4.0, 3.0], [2.0, np.nan], [5.0, 1.0]])
    rated = np.array([[5.0, 3.0], [4.0, np.nan], [5.0, 2.0]])
    cases = evidence(shelf=Shelf(COUNT, 7, predicted=predicted, rated=rated))
    assert value("rmse", cases) == pytest.approx(np.sqrt((1 + 0 + 4 + 0 + 1) / 5))
    assert value("mae", cases) == pytest.approx((1 + 0 + 2 + 0 + 1) / 5)
    found = estimate(parse_measure("rmse"), cases)
    assert found.low < found.value < found.high


def test_what_is_not_known_is_said():
    bare = evidence()
    reasons = {
        "coverage at 3": "nothing is known of the items",
        "novelty at 3": "nothing is known of the items",
        "diversity at 3": "the items have no labels, such as genres",
        "popularity_bias at 3": "nothing is known of what the users did before",
        "miscalibration at 3": "the items have no labels, such as genres",
        "rmse": "no ratings were foretold",
    }
    for text, reason in reasons.items():
        assert obstacle(parse_measure(text), bare) == reason
        assert np.isnan(value(text, bare))


def test_groups_of_users_are_compared_and_facts_follow_their_rows():
    lists = np.tile(LISTS[:2], (20, 1))
    right = np.tile(RIGHT[:2], (20, 1))
    kind = np.tile(np.array(["some", "none"]), 20)
    history = np.tile(np.array([[0, 1], [2, -1]]), (20, 1))
    cases = evidence(lists, right, Shelf(COUNT, 7, LABELS, history), groups={"kind": kind})
    assert value("recall at 3 by kind", cases) == 0.0
    part = cases.take(kind == "some")
    assert part.shelf.history.tolist() == [[0, 1]] * 20


def test_a_better_list_is_better_by_a_paired_interval():
    random = np.random.default_rng(0)
    right = random.integers(0, 50, size=(200, 3))
    good = np.hstack([right[:, :2], random.integers(50, 99, size=(200, 8))])
    poor = random.permuted(np.hstack([right[:, :1], random.integers(50, 99, (200, 9))]), axis=1)
    gain = compare(parse_measure("ndcg at 10"), evidence(good, right), evidence(poor, right))
    assert gain.low > 0


def test_k_is_a_whole_number_of_items():
    with pytest.raises(GrammarError, match="k must be a whole number of items"):
        check(parse_measure("recall at 0.5"), RECOMMEND)
    check(parse_measure("recall at 0.5"), TaskName.CLASSIFY)


def test_the_same_words_mean_different_figures_in_different_tasks():
    assert {m.title for m in metrics() if RECOMMEND in m.tasks} >= {"recall at k", "rmse", "mrr"}
    with pytest.raises(GrammarError, match="coverage at k is not a metric of classify"):
        check(parse_measure("coverage at 10"), TaskName.CLASSIFY)
