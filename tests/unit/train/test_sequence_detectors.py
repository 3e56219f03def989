"""What every detector of sequences must do, and what single ones compute."""

import json
from importlib.util import find_spec

import numpy as np
import onnxruntime
import pytest
from algorithm_cases import assert_same_scores

from keel.errors import DeclarationError
from keel.spec.kinds import TaskName
from keel.train.algorithm import Choice, Facts, Fit
from keel.train.catalogue import algorithms
from keel.train.codecs.templates import STATISTICS
from keel.train.export.graph import FLOAT, INT64, Graph, GraphMatrix, SequenceInput
from keel.train.matrix import Matrix, Sequences
from keel.train.models.transitions import find_states, surprises

DETECTORS = {n: a for n, a in algorithms(TaskName.DETECT).items() if a.needs.sequence}
DEEP = ("event_lstm", "event_attention")
needs_torch = pytest.mark.skipif(find_spec("torch") is None, reason="PyTorch is not installed")
every_detector = pytest.mark.parametrize(
    "name", [pytest.param(n, marks=needs_torch) if n in DEEP else n for n in DETECTORS]
)
FACTS = Facts(TaskName.DETECT, 160, 5, 0, False, False, has_sequence=True)
KNOWN = 6


def sequences(*lists, statistics=None, known=KNOWN):
    """A matrix of sequences of these ids."""
    starts = np.cumsum([0, *map(len, lists)]).astype(np.int64)
    ids = np.array([i for one in lists for i in one], dtype=np.int32)
    if statistics is None:
        statistics = np.zeros((len(lists), len(STATISTICS)))
    found = Sequences(starts, ids, np.asarray(statistics, dtype=np.float32), known)
    return Matrix(np.zeros((len(lists), 1), dtype=np.float32), None, ("nothing",), found)


def usual(count=160, seed=0, odd=()):
    """Sequences 1 2 3 and one or two of 4, 5; those in `odd` are cut, turned round, or hold an
    event never seen."""
    draw = np.random.default_rng(seed)
    lists, statistics = [], np.zeros((count, len(STATISTICS)))
    for case in range(count):
        steps = [1, 2, 3, *draw.choice([4, 5], 1 + case % 2), 1]
        if case in odd:
            steps = [[3, 2, 1], [1, 2, KNOWN + 1, 3, 4, 1], [1] * 9][case % 3]
        lists.append(steps)
        angle = 2 * np.pi * (case % 24) / 24
        statistics[case, 7:9] = np.sin(angle), np.cos(angle)
        statistics[case, 5:7] = (case in odd) * 2.0, (case in odd) * 3.0
    return sequences(*lists, statistics=statistics)


def fitted(name, matrix, parameters=None):
    chosen = {**({"epochs": 3} if name in DEEP else {}), **(parameters or {})}
    return DETECTORS[name].fit(Fit(matrix, np.zeros(len(matrix)), None, 0, chosen, 7, 1))


def graph_of(model, matrix):
    graph = Graph("model")
    graph.input("ids", INT64, ["n", "length"])
    graph.input("weights", FLOAT, ["n", "length"])
    graph.input("statistics", FLOAT, ["n", len(STATISTICS)])
    graph.input("counts", FLOAT, ["n", matrix.sequences.width])
    sequence = SequenceInput("ids", "weights", "statistics", "counts", matrix.sequences.known)
    scores = model.graph(graph, GraphMatrix("nothing", 1, (), sequence))
    graph.output(scores, "scores", FLOAT, ["n", 1])
    return graph.model()


def in_graph(model, matrix, padding=2):
    found = matrix.sequences
    lengths = np.diff(found.starts)
    filled = np.arange(max(int(lengths.max(initial=0)), 1) + padding) < lengths[:, None]
    ids = np.zeros(filled.shape, dtype=np.int64)
    ids[filled] = found.ids
    session = onnxruntime.InferenceSession(
        graph_of(model, matrix), providers=["CPUExecutionProvider"]
    )
    feed = {"ids": ids, "weights": filled.astype(np.float32), "statistics": found.statistics}
    feed["counts"] = found.counts.toarray()
    wanted = {tensor.name for tensor in session.get_inputs()}
    return session.run(None, {name: feed[name] for name in wanted})[0]


@every_detector
def test_model_and_graph_agree(name):
    model = fitted(name, usual())
    far = sequences([1] * 3_000, [KNOWN + 1] * 50, [], [KNOWN])
    for matrix in (usual(), usual(60, 9, range(0, 60, 2)), far, far.take(np.arange(0))):
        native = model.predict(matrix)
        assert native.shape == (len(matrix), 1)
        assert_same_scores(native, in_graph(model, matrix))


@every_detector
def test_every_option_fits_and_agrees(name):
    space = dict(DETECTORS[name].space(FACTS))
    space.pop("epochs", None)
    for parameter, choice in space.items():
        assert isinstance(choice, Choice)
        for option in choice.options:
            model = fitted(name, usual(96), {parameter: option})
            odd = usual(30, 3, range(10))
            assert_same_scores(model.predict(odd), in_graph(model, odd))


@every_detector
def test_the_same_fit_gives_the_same_bytes_and_plain_parameters(name):
    one, other = fitted(name, usual()), fitted(name, usual())
    assert graph_of(one, usual()) == graph_of(other, usual())
    assert json.loads(json.dumps(dict(one.parameters), allow_nan=False)) == dict(one.parameters)
    assert one.scores == "anomaly"


@every_detector
@pytest.mark.parametrize("case", ["one", "empty", "equal", "ten"])
def test_few_or_equal_or_empty_sequences_are_survived(name, case):
    matrix = {
        "one": sequences([1, 2]),
        "empty": sequences([], [], []),
        "equal": sequences(*[[1, 2, 3]] * 40),
        "ten": usual(10),
    }[case]
    model = fitted(name, matrix)
    for rows in (matrix, usual(20, 1, {3, 4, 5})):
        assert_same_scores(model.predict(rows), in_graph(model, rows))


@every_detector
def test_a_matrix_without_sequences_is_skipped_with_the_reason(name):
    facts = Facts(TaskName.DETECT, 160, 5, 0, False, False)
    assert DETECTORS[name].skip(facts) == "none of 5 columns is a sequence"
    reason = DETECTORS[name].skip(FACTS)
    assert reason is None or name in DEEP


@every_detector
def test_an_unknown_parameter_is_refused(name):
    with pytest.raises(DeclarationError, match="'depht' is not a parameter"):
        fitted(name, usual(), {"depht": 3})


@pytest.mark.parametrize("name", ["rare_counts", "nearest_counts", "event_order", "event_families"])
def test_odd_sequences_score_above_all_usual_ones(name):
    model = fitted(name, usual(400))
    scores = model.predict(usual(60, 5, range(0, 60, 4)))[:, 0]
    odd = np.arange(60) % 4 == 0
    assert scores[odd].min() > scores[~odd].max()


def test_unseen_events_and_odd_values_are_counted():
    odd = sequences([1, KNOWN + 1, KNOWN + 1], [1])
    assert fitted("unseen_event", usual()).predict(odd)[:, 0].tolist() == [2, 0]
    assert fitted("event_values", usual()).predict(usual(3, 0, {1}))[:, 0].tolist() == [0, 3, 0]


def test_counts_that_half_of_the_sequences_had_are_half_as_rare():
    matrix = sequences([1], [1], [2], [3])
    model = fitted("rare_counts", matrix)
    scores = model.predict(sequences([1], [2], [1, 1]))[:, 0]
    assert scores == pytest.approx(np.log([5 / 2.5, 5 / 1.5, 5 / 0.5]))


def test_distances_are_to_the_nearest_counts_that_enough_sequences_had():
    matrix = sequences([1], [1], [1], [2, 2])
    odd = sequences([2, 2], [1, 3])
    assert fitted("nearest_counts", matrix).predict(odd)[:, 0].tolist() == [0, 1]
    model = fitted("nearest_counts", matrix, {"uses": 3})
    assert model.predict(odd)[:, 0] == pytest.approx([np.sqrt(5), 1])


def test_chances_after_an_event_are_those_of_witten_and_bell():
    """After 1 came 2 three times and 3 once: two kinds, four times."""
    matrix = sequences([1, 2], [1, 2], [1, 2], [1, 3], known=4).sequences
    states = find_states(matrix, 1)
    steps = states.steps(matrix)
    table = np.exp(-surprises(states, steps))
    common = (np.bincount(steps.event, minlength=states.count) + 1) / (
        len(steps.event) + states.count
    )
    assert table[1, 2] == pytest.approx((3 + 2 * common[2]) / 6, rel=1e-6)
    assert table[1, 3] == pytest.approx((1 + 2 * common[3]) / 6, rel=1e-6)
    assert table.sum(axis=1) == pytest.approx(1.0)


def test_two_events_back_tell_more_than_one():
    lists = [[1, 3, 4], [2, 3, 5]] * 40
    odd = sequences([1, 3, 5], [1, 3, 4])
    one = fitted("event_order", sequences(*lists)).predict(odd)[:, 0]
    two = fitted("event_order", sequences(*lists), {"order": 2}).predict(odd)[:, 0]
    assert one[0] == pytest.approx(one[1], abs=0.05)
    assert two[0] > two[1] + 2


def test_misses_are_events_that_are_not_among_the_likeliest():
    lists = [[1, 2]] * 50 + [[1, 3]] * 20 + [[1, 4]] * 5 + [[1, 5]] * 2
    model = fitted("event_order", sequences(*lists), {"score": "misses"})
    assert model.predict(sequences([1, 2], [1, 5], [1, KNOWN + 1]))[:, 0].tolist() == [0, 1, 1]


def test_a_rate_that_is_usual_at_noon_is_odd_at_night():
    draw = np.random.default_rng(0)
    lists, statistics = [], np.zeros((480, len(STATISTICS)))
    for case in range(480):
        angle = 2 * np.pi * (case % 24) / 24
        statistics[case, 7:9] = np.sin(angle), np.cos(angle)
        lists.append([1] * draw.poisson(np.exp(2 - 1.5 * np.cos(angle))))
    matrix = sequences(*lists, statistics=statistics)
    busy = sequences([1] * 30, [1] * 30, [1] * 2, statistics=statistics[[12, 0, 0]])
    noon, night, quiet = fitted("event_rates", matrix).predict(busy)[:, 0]
    assert noon < 2 < 6 < night
    assert quiet < 2
    blind = fitted("event_rates", matrix, {"season": False}).predict(busy)[:, 0]
    assert blind[0] == pytest.approx(blind[1])


def test_a_family_is_on_the_scale_of_its_own_false_alarms():
    model = fitted("event_families", usual(1_000))
    scores = model.predict(usual(2_000, 4))[:, 0]
    assert np.mean(scores > 3) < 0.02
    assert model.predict(sequences([3, 2, 1]))[0, 0] > 2.5


@needs_torch
@pytest.mark.parametrize("name", DEEP)
def test_a_network_learns_what_follows_from_what_was_further_back(name):
    lists = [[1, 3, 3, 4], [2, 3, 3, 5]] * 80
    model = fitted(name, sequences(*lists), {"epochs": 20})
    odd, right = model.predict(sequences([1, 3, 3, 5], [1, 3, 3, 4]))[:, 0]
    assert odd > right + 2
    assert 1 <= model.parameters["kept_epochs"] <= 20


@needs_torch
@pytest.mark.parametrize("name", DEEP)
def test_a_network_counts_misses_and_those_never_seen_are_some(name):
    lists = [[1, 2]] * 60 + [[1, 3]] * 60
    settings = {"epochs": 20, "score": "misses", "candidates": 2}
    model = fitted(name, sequences(*lists), settings)
    found = model.predict(sequences([1, 2], [1, 3], [1, KNOWN + 1]))[:, 0]
    assert found[0] == found[1] == 0
    assert found[2] >= 1


def test_networks_without_their_library_are_skipped_with_what_to_install():
    for name in DEEP:
        reason = DETECTORS[name].skip(FACTS)
        assert reason is None or "pip install keel-ml[deep]" in reason
