import numpy as np
import polars as pl
import pytest
from encoding_case import COLUMNS, Sum, table

from keel.data.table import Column
from keel.errors import TableError
from keel.spec.kinds import Kind, TaskName
from keel.train.algorithm import Needs
from keel.train.calibration.calibrator import Scored, find_calibrator
from keel.train.encode.encoding import EncodingPlan, encoding_space, fit_encoding, plan_for
from keel.train.encode.source import read_source
from keel.train.export.export import export
from keel.train.export.graph_inputs import tensor_names
from keel.train.export.predictor import Predictor

TREES = Needs(scaled=False, missing=True, categories=("ordinal", "target"))
LINEAR = Needs(text=True, categories=("onehot", "target"))


@pytest.mark.parametrize(
    "plan",
    [
        EncodingPlan("standard", "onehot", "sparse"),
        EncodingPlan("log", "target", "svd:4"),
        EncodingPlan("yeo_johnson", "frequency", "svd:4", "pca:0.95"),
        EncodingPlan("impute", "ordinal", "sparse", "pca:3"),
    ],
)
def test_a_table_of_all_kinds_goes_through_the_graph_as_it_does_natively(plan):
    frame, label = table()
    encoding, _ = fit_encoding(plan, COLUMNS, frame, label, 7)
    other, _ = table(seed=1)
    matrix = encoding.transform(other)
    assert matrix.dense.shape == (300, len(matrix.names))
    assert matrix.dense.dtype == np.float32
    model = Sum(matrix)
    native = model.predict(matrix)
    calibrator = find_calibrator("none").fit(Scored(native, label, "decision"))
    exported = export(
        "case", TaskName.CLASSIFY, encoding, model, calibrator=calibrator, classes=("no", "yes")
    )
    answers = Predictor(exported).predict(other).output
    np.testing.assert_allclose(answers, calibrator.apply(native), atol=2e-6)


def test_numbers_left_as_they_are_keep_their_gaps():
    frame, label = table()
    plan = EncodingPlan("passthrough", "ordinal", "svd:4")
    encoding, matrix = fit_encoding(plan, COLUMNS, frame, label, 7)
    assert matrix.names[:3] == ("spend", "scores", "member")
    np.testing.assert_array_equal(np.isnan(matrix.dense[:, 0]), frame["spend"].is_null().to_numpy())
    assert encoding.parameters["groups"][0]["columns"] == ["spend", "scores", "member"]


def test_the_same_rows_and_seed_give_the_same_graph():
    frame, label = table()
    models = []
    for _ in range(2):
        plan = EncodingPlan("standard", "target", "svd:4")
        encoding, matrix = fit_encoding(plan, COLUMNS, frame, label, 7)
        models.append(export("case", TaskName.REGRESS, encoding, Sum(matrix)).model)
    assert models[0] == models[1]


def test_texts_hashed_once_serve_every_fold():
    frame, label = table()
    source = read_source(frame, COLUMNS)
    rows = np.arange(0, 300, 2)
    plan = EncodingPlan("standard", "onehot", "sparse")
    one, matrix = fit_encoding(plan, COLUMNS, source.take(rows), label[rows], 7)
    two, again = fit_encoding(plan, COLUMNS, frame[rows], label[rows], 7)
    np.testing.assert_array_equal(matrix.dense, again.dense)
    assert (matrix.text != again.text).nnz == 0
    assert one.codecs["note"].to_bytes() == two.codecs["note"].to_bytes()


def test_fitting_rows_are_cross_fitted_and_others_are_not():
    frame, label = table()
    encoding, matrix = fit_encoding(
        EncodingPlan("passthrough", "target", "svd:4"), COLUMNS, frame, label, 7
    )
    at = encoding.names.index("plan: share of class 1")
    assert len(np.unique(matrix.dense[:, at])) > len(
        np.unique(encoding.transform(frame).dense[:, at])
    )


def test_an_algorithm_without_any_dense_column_still_gets_one():
    frame, label = table()
    text = (Column("note", Kind.TEXT),)
    _, matrix = fit_encoding(plan_for(LINEAR, text, {}), text, frame.select("note"), label, 7)
    assert matrix.names == ("nothing",)
    assert matrix.dense.shape == (300, 1)
    assert not matrix.dense.any()


def test_a_text_alone_gives_trees_topics_and_statistics():
    frame, label = table()
    text = (Column("note", Kind.TEXT),)
    plan = plan_for(TREES, text, {"text": "svd:32"})
    encoding, matrix = fit_encoding(plan, text, frame.select("note"), label, 7)
    assert matrix.names[:2] == ("note: length", "note: words")
    assert matrix.names[-1].startswith("note: topic")
    assert encoding.transform(frame[:2]).dense.shape == (2, len(matrix.names))


def test_inputs_never_bear_the_name_of_an_output_or_of_an_inner_tensor():
    columns = (
        Column("scores", Kind.NUMBER),
        Column("/t1", Kind.NUMBER),
        Column("a.ids", Kind.NUMBER),
        Column("a", Kind.TEXT),
    )
    names = tensor_names(columns, statistics=False)
    assert names["scores"] == ("_scores",)
    assert names["/t1"] == ("_/t1",)
    assert names["a"] == ("_a.ids", "_a.weights")


def test_a_plan_follows_what_the_algorithm_needs():
    assert plan_for(TREES, COLUMNS, {}) == EncodingPlan("passthrough", "ordinal", "svd:64")
    assert plan_for(LINEAR, COLUMNS, {}) == EncodingPlan("standard", "onehot", "sparse")
    numbers = EncodingPlan("standard", "none", "none", times="none")
    assert plan_for(LINEAR, COLUMNS[:2], {}) == numbers
    chosen = {"numbers": "log", "categories": "target"}
    assert plan_for(LINEAR, COLUMNS, chosen) == EncodingPlan("log", "target", "sparse")
    assert plan_for(Needs(recurring=True), COLUMNS, {}).times == "clock"


def test_times_alone_that_have_not_come_round_again_are_nothing_to_learn_from():
    hours = pl.DataFrame({"at": pl.Series([0, 3_600_000_000]).cast(pl.Datetime("us"))})
    columns = (Column("at", Kind.TIME),)
    plan = plan_for(Needs(recurring=True), columns, {})
    with pytest.raises(TableError, match="nothing is left to learn from"):
        fit_encoding(plan, columns, hours, np.zeros(2), 7)


def test_only_what_makes_a_difference_is_searched():
    assert set(encoding_space(TREES, COLUMNS)) == {"categories", "text"}
    assert set(encoding_space(LINEAR, COLUMNS)) == {"numbers", "categories"}
    assert encoding_space(TREES, COLUMNS[:2]) == {}
    wide = tuple(Column(f"x{i}", Kind.NUMBER) for i in range(9))
    assert set(encoding_space(Needs(), wide)) == {"numbers", "reduce"}


def test_choices_that_do_not_fit_are_all_named():
    with pytest.raises(ValueError, match="numbers: 'log' does not fit") as raised:
        plan_for(TREES, COLUMNS, {"numbers": "log", "magic": 1})
    assert "encoding magic: 1" in str(raised.value)
    assert EncodingPlan(**EncodingPlan("log").to_json()) == EncodingPlan("log")
