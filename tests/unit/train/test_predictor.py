import subprocess
import sys
from dataclasses import replace
from datetime import datetime

import msgspec
import numpy as np
import polars as pl
import pytest
from encoding_case import COLUMNS, Sum, table

from keel.data.conform import Conformed
from keel.errors import ArtifactError, RequestError
from keel.spec.kinds import Kind, TaskName
from keel.spec.time_form import TimeForm
from keel.train.calibration.calibrator import Scored, find_calibrator
from keel.train.encode.encoding import EncodingPlan, fit_encoding
from keel.train.encode.target import fit_target
from keel.train.export.export import export
from keel.train.export.exported import read_exported, write_exported
from keel.train.export.predictor import Predictor
from keel.train.export.signature import Cut, read_signature

CUTS = (Cut(0.5, "flag", "f1", ""), Cut(0.6, "stop", "precision >= 0.9", ""))


def classifier(plan=None, cuts=CUTS, classes=("no", "yes"), columns=COLUMNS):
    frame, label = table()
    encoding, matrix = fit_encoding(
        plan or EncodingPlan("standard", "onehot", "sparse"), columns, frame, label, 7
    )
    model = Sum(matrix)
    scored = Scored(model.predict(matrix), label, "decision")
    return export(
        "case",
        TaskName.CLASSIFY,
        encoding,
        model,
        calibrator=find_calibrator("sigmoid").fit(scored),
        classes=classes,
        cuts=cuts,
        otherwise="pass" if cuts else "",
    )


@pytest.fixture(scope="module")
def exported():
    return classifier()


def test_a_row_is_answered_alike_alone_and_in_company(exported):
    frame, _ = table(seed=2)
    predictor = Predictor(exported)
    together = predictor.predict(frame)
    assert together.output.shape == (300, 2)
    assert together.output.dtype == np.float64
    for row in (0, 7, 299):
        alone = predictor.predict(frame[row])
        np.testing.assert_allclose(alone.output[0], together.output[row], atol=1e-6)


def test_decisions_and_actions_follow_the_frozen_thresholds(exported):
    frame, _ = table(seed=2)
    prediction = Predictor(exported).predict(frame)
    positive = prediction.output[:, 1]
    np.testing.assert_array_equal(prediction.decision, positive >= 0.5)
    np.testing.assert_array_equal(
        prediction.action, (positive >= 0.5).astype(int) + (positive >= np.float32(0.6))
    )
    assert exported.signature.actions == ("pass", "flag", "stop")


def test_without_thresholds_the_likeliest_class_is_predicted():
    prediction = Predictor(classifier(cuts=())).predict(table(seed=2)[0])
    np.testing.assert_array_equal(prediction.decision, prediction.output.argmax(axis=1))
    assert prediction.action is None


def test_values_of_a_regression_come_back_on_their_own_scale():
    frame, _ = table()
    label = frame["spend"].fill_null(1.0).to_numpy()
    encoding, matrix = fit_encoding(
        EncodingPlan("standard", "onehot", "svd:4"), COLUMNS, frame, label, 7
    )
    model, target = Sum(matrix), fit_target("log", label)
    exported = export("case", TaskName.REGRESS, encoding, model, target=target)
    prediction = Predictor(exported).predict(frame)
    expected = target.inverse(model.predict(encoding.transform(frame)))[:, 0]
    np.testing.assert_allclose(prediction.output, expected, rtol=1e-5)
    assert prediction.decision is None


def test_a_version_comes_back_from_its_folder(exported, tmp_path):
    write_exported(exported, tmp_path)
    assert {p.name for p in tmp_path.rglob("*") if p.is_file()} == {
        "model.onnx",
        "signature.json",
        "5.codec",
        "6.codec",
    }
    frame, _ = table(seed=3)
    np.testing.assert_array_equal(
        Predictor.load(tmp_path).predict(frame).output, Predictor(exported).predict(frame).output
    )


def test_a_folder_that_is_not_whole_is_refused_with_what_is_not_there(exported, tmp_path):
    write_exported(exported, tmp_path)
    (tmp_path / "codecs" / "5.codec").unlink()
    (tmp_path / "model.onnx").unlink()
    with pytest.raises(ArtifactError, match=r"model.onnx, codecs/5.codec not there"):
        read_exported(tmp_path)


def test_a_damaged_model_or_one_of_another_version_is_refused(exported):
    with pytest.raises(ArtifactError, match="cannot be loaded"):
        Predictor(replace(exported, graph=exported.model[:100]))
    other = classifier(EncodingPlan("standard", "onehot", "svd:4"))
    with pytest.raises(ArtifactError, match=r"different versions: note\.statistics"):
        Predictor(replace(exported, graph=other.model))


def test_columns_that_are_not_there_are_all_named_and_extra_ones_ignored(exported):
    frame, _ = table(seed=2)
    predictor = Predictor(exported)
    with pytest.raises(RequestError) as raised:
        predictor.predict(frame.drop("spend", "note"))
    assert "'spend'" in str(raised.value)
    assert "'note'" in str(raised.value)
    more = frame.with_columns(extra=pl.lit(1)).select(pl.all().shuffle(0).reverse())
    assert len(predictor.predict(more).output) == 300


def test_values_of_other_types_are_read_or_count_as_missing(exported):
    frame, _ = table(seed=2)
    odd = frame[:3].with_columns(
        spend=pl.Series(["12.5", "lots", None]),
        member=pl.Series(["yes", "no", "perhaps"]),
        plan=pl.Series([1, 2, None]),
        since=pl.Series(["2020-01-02 03:00:00", "soon", None]),
    )
    plain = frame[:3].with_columns(
        spend=pl.Series([12.5, None, None]),
        member=pl.Series([True, False, None]),
        plan=pl.Series(["unseen", "unseen", None]),
        since=pl.Series(["2020-01-02 03:00:00", None, None]).str.to_datetime(time_unit="us"),
    )
    predictor = Predictor(exported)
    np.testing.assert_allclose(
        predictor.predict(odd).output, predictor.predict(plain).output, atol=1e-7
    )


def test_dates_are_read_as_they_were_written_in_training_and_others_are_counted():
    columns = [
        replace(column, form=TimeForm.DAY_MONTH_YEAR) if column.name == "since" else column
        for column in COLUMNS
    ]
    exported = classifier(columns=columns)
    assert [c.form for c in exported.signature.request_columns if c.form] == ["day/month/year"]
    assert "not written as day/month/year" in exported.signature.inputs[4].wrong_type
    signature = read_signature(exported.signature.to_json())
    frame = table(seed=2)[0][:4]
    predictor = Predictor(replace(exported, signature=signature))
    texts = ["03/04/2020", "2020-04-03", "04/13/2020", None]
    answered = predictor.predict(frame.with_columns(since=pl.Series(texts)))
    meant = pl.Series([datetime(2020, 4, 3), None, None, None], dtype=pl.Datetime("us"))
    expected = predictor.predict(frame.with_columns(since=meant))
    np.testing.assert_array_equal(answered.output, expected.output)
    assert answered.unread == {"since": 2}
    assert not expected.unread


def test_no_rows_give_no_answers(exported):
    prediction = Predictor(exported).predict(table()[0][:0])
    assert prediction.output.shape == (0, 2)
    assert len(prediction.decision) == 0


def test_rows_of_a_request_are_prepared_first(exported):
    frame, _ = table(seed=2)

    def prepare(rows):
        return Conformed(tuple(rows.rename({"raw": "spend"})), {"raw": 1})

    predictor = Predictor(exported, prepare=prepare)
    raw = frame.rename({"spend": "raw"})
    assert predictor.answer(raw).unread == {"raw": 1}
    np.testing.assert_array_equal(predictor.answer(raw).output, predictor.predict(frame).output)


def test_the_signature_says_what_goes_in_and_comes_back_from_json(exported):
    signature = exported.signature
    assert read_signature(signature.to_json()) == signature
    kinds = {given.name: (given.datatype, given.kind) for given in signature.inputs}
    assert kinds["spend"] == ("FP32", Kind.NUMBER)
    assert kinds["member"] == ("BOOL", Kind.BOOLEAN)
    assert kinds["since"] == ("INT64", Kind.TIME)
    assert kinds["note"] == ("BYTES", Kind.TEXT)
    assert all(given.missing and given.unseen and given.wrong_type for given in signature.inputs)
    assert signature.positive == "yes"
    assert [output.name for output in signature.outputs] == ["scores", "prediction"]
    assert msgspec.json.decode(signature.to_json())["columns"][1]["tensors"] == ["_scores"]


def test_a_signature_that_cannot_be_read_is_refused_with_the_place(exported):
    data = exported.signature.to_json().replace(b'"kind": "number"', b'"kind": "numbr"')
    with pytest.raises(ArtifactError, match=r"numbr.*inputs\[0\].kind"):
        read_signature(data)


def test_predicting_loads_no_library_that_learns():
    code = (
        "import keel.train.export.predictor, sys; "
        "print([m for m in ('sklearn', 'scipy', 'lightgbm', 'onnx', 'optuna') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
