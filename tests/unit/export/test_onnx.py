import re
import runpy
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import polars as pl
import pytest

from keel.export.export import export
from keel.store import Store
from keel.train.export.open_predictor import predictor_of
from tiny_systems import houses, petals


def test_the_example_answers_with_onnxruntime_alone(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    into = export(store, "petals@1", "onnx", tmp_path / "graph")
    assert "keel" not in (into / "example.py").read_text()
    monkeypatch.chdir(into)
    ran = runpy.run_path("example.py")
    expected = predictor_of(petals()).predict(pl.DataFrame({"length": [0], "width": [0]}))
    np.testing.assert_allclose(ran["session"].run(["scores"], ran["rows"])[0], expected.output)
    assert "scores [[" in capsys.readouterr().out


@pytest.mark.parametrize("system", ["loans", "houses", "petals"])
def test_every_example_runs(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, system: str
) -> None:
    monkeypatch.chdir(export(store, system, "onnx", tmp_path / "graph"))
    runpy.run_path("example.py")


def test_what_is_done_outside_of_the_graph_is_told(store: Store, tmp_path: Path) -> None:
    plain = export(store, "petals", "onnx", tmp_path / "petals")
    assert "##" in (plain / "README.md").read_text()
    assert "Computed before" not in (plain / "README.md").read_text()
    computed = (export(store, "houses", "onnx", tmp_path / "houses") / "README.md").read_text()
    for feature in houses().signature.features:
        assert f"| `{feature.name}` | `{feature.expression}` |" in computed
    coded = export(store, "loans", "onnx", tmp_path / "loans")
    assert "`note`: a text becomes numbers" in (coded / "README.md").read_text()
    assert list(coded.rglob("*.codec"))


def test_triton_finds_a_repository_that_says_what_the_graph_says(
    store: Store, tmp_path: Path
) -> None:
    into = export(store, "petals", "onnx", tmp_path / "graph") / "triton" / "petals"
    text = (into / "config.pbtxt").read_text()
    session = onnxruntime.InferenceSession(into / "2" / "model.onnx")
    tensors = [*session.get_inputs(), *session.get_outputs()]
    assert re.findall(r'  name: "(.*)"', text) == [tensor.name for tensor in tensors]
    assert (into / "labels.txt").read_text().split() == ["small", "medium", "large"]


def test_the_configuration_reads_as_the_published_message(store: Store, tmp_path: Path) -> None:
    reason = "tritonclient is not installed"
    messages = pytest.importorskip("tritonclient.grpc.model_config_pb2", reason=reason)
    text_format = pytest.importorskip("google.protobuf.text_format", reason=reason)
    into = export(store, "loans", "onnx", tmp_path / "graph") / "triton" / "loans"
    text = (into / "config.pbtxt").read_text()
    config = text_format.Parse(text, messages.ModelConfig())
    assert (config.name, config.backend, config.max_batch_size) == ("loans", "onnxruntime", 0)
    inputs = {one.name: (one.data_type, list(one.dims)) for one in config.input}
    assert inputs["amount"] == (messages.TYPE_FP32, [-1, 1])
    assert inputs["channel"] == (messages.TYPE_STRING, [-1, 1])
    scores = next(one for one in config.output if one.name == "scores")
    assert (list(scores.dims), scores.label_filename) == ([-1, 2], "labels.txt")
