"""Logs as sequences and as numbers, the same natively and in a graph."""

import numpy as np
import onnxruntime
import polars as pl
import pytest
from log_windows import ODD, windows

from keel.data.table import Column
from keel.spec.kinds import Kind
from keel.spec.log import LogSpec
from keel.train.codecs.templates import STATISTICS
from keel.train.encode.codec import read_codec
from keel.train.encode.encoding import EncodingPlan, fit_encoding
from keel.train.encode.source import read_source
from keel.train.export.graph import FLOAT, Graph
from keel.train.export.graph_inputs import tensor_names

COLUMNS = (
    Column("amount", Kind.NUMBER),
    Column("log", Kind.SEQUENCE, log=LogSpec()),
)
PLAN = EncodingPlan(numbers="standard", categories="none", text="none")
UNSEEN = STATISTICS.index("unseen lines")
SECONDS = STATISTICS.index("seconds")
ERRORS = STATISTICS.index("errors")
BEYOND = STATISTICS.index("numbers out of range")
NEW = STATISTICS.index("new words")


@pytest.fixture(scope="module")
def frame():
    texts = windows()
    return pl.DataFrame({"amount": np.arange(80.0), "log": texts})


@pytest.fixture(scope="module")
def fitted(frame):
    return fit_encoding(PLAN, COLUMNS, frame, np.zeros(80, dtype=np.int64), 0)


@pytest.fixture(scope="module")
def codec(fitted):
    return fitted[0].codecs["log"]


def test_each_line_is_the_id_of_its_template(fitted, codec):
    sequences = fitted[1].sequences
    assert sequences.known == 5
    assert len(sequences) == 80
    assert np.diff(sequences.starts).tolist() == [12] * 80
    said = [codec.text(int(i)) for i in sequences.ids[:4]]
    assert said == [
        "session opened for user <*>",
        "read <NUM> bytes from disk",
        "request took <NUM> ms",
        "session closed for user <*>",
    ]
    assert sequences.counts.toarray()[0, 1:5].tolist() == [3, 3, 3, 3]


def test_a_line_never_seen_has_an_id_of_its_own_and_is_counted(codec):
    texts = windows(3, odd={1}, seed=5)
    found = codec.sequences(codec.reading.read(texts))
    unseen = codec.known + 1
    assert [int((found.take(np.array([i])).ids == unseen).sum()) for i in range(3)] == [0, 1, 0]
    assert found.statistics[:, UNSEEN] == pytest.approx(np.log1p([0, 1, 0]))
    assert codec.text(unseen) == "a template never seen"


def test_statistics_tell_lengths_levels_and_times(codec):
    text = "\n".join(
        f"2024-01-01 06:00:{second:02d},000 {level} a.B: session opened for user ann"
        for second, level in ((0, "INFO"), (9, "ERROR"), (30, "FATAL"))
    )
    row = codec.encode(pl.Series([text])).statistics[0]
    assert row[0] == pytest.approx(np.log1p(3))
    assert row[SECONDS] == pytest.approx(np.log1p(30))
    assert row[ERRORS] == pytest.approx(np.log1p(2))
    assert row[-4:] == pytest.approx([1.0, 0.0, 0.0, 1.0], abs=1e-6)


def test_numbers_out_of_range_and_new_words_are_told(codec):
    head = "2024-01-01 06:00:00,000 INFO app.Main: "
    texts = [f"{head}request took {t} ms" for t in (100, 5000)] + [
        f"{head}session opened for user eve"
    ]
    found = codec.encode(pl.Series(texts)).statistics
    assert found[0, BEYOND] == 0 == found[2, BEYOND]
    assert found[1, BEYOND] > np.log1p(20)
    assert found[:, NEW].tolist() == pytest.approx([0, 0, np.log1p(1)])


def test_the_codec_is_the_same_after_it_was_written_and_read(codec):
    texts = windows(20, odd={3, 4}, seed=9)
    again = read_codec(codec.to_bytes())
    assert again.to_bytes() == codec.to_bytes()
    one, other = codec.encode(texts), again.encode(texts)
    assert (one.ids == other.ids).all()
    assert (one.statistics == other.statistics).all()


@pytest.mark.parametrize("text", [None, "", "\n\n", "\x00\ufffd" * 100, "x" * 100_000, "one\ntwo"])
def test_any_text_has_tensors_that_do_not_depend_on_its_neighbours(codec, text):
    texts = pl.Series([text, windows(1)[0]], dtype=pl.String)
    both, alone = codec.encode(texts), codec.encode(texts[:1])
    assert np.isfinite(both.statistics).all()
    assert (both.statistics[0] == alone.statistics[0]).all()
    assert (both.ids[0][: alone.ids.shape[1]] == alone.ids[0]).all()


def test_the_graph_counts_as_the_encoding_does(fitted, codec, frame):
    encoding, _ = fitted
    rows = frame.with_columns(log=windows(80, odd={2, 7}, seed=4))
    matrix = encoding.transform(rows)
    graph = Graph("log")
    made = encoding.graph(graph)
    graph.output(made.dense, "dense", FLOAT, ["n", made.width])
    graph.output(made.sequences.counts, "counts", FLOAT, ["n", "w"])
    session = onnxruntime.InferenceSession(graph.model(), providers=["CPUExecutionProvider"])
    names = tensor_names(COLUMNS, statistics=True)
    tensors = codec.encode(rows["log"])
    feed = dict(zip(names["log"], (tensors.ids, tensors.weights, tensors.statistics), strict=True))
    feed["amount"] = rows["amount"].to_numpy().astype(np.float32)[:, None]
    dense, counts = session.run(None, feed)
    assert np.abs(dense - matrix.dense).max() < 1e-5
    assert (counts[:, 1:] == matrix.sequences.counts.toarray()[:, 1:]).all()
    assert len(encoding.names) == matrix.dense.shape[1]
    assert any("request took <NUM> ms" in name for name in encoding.names)


def test_lines_are_read_once_and_taken_by_row(frame):
    source = read_source(frame, COLUMNS)
    lines = source.logs["log"][1]
    part = source.take(np.array([5, 2])).logs["log"][1]
    assert part.message[:12].to_list() == lines.message[60:72].to_list()
    assert part.first.tolist() == lines.first[[5, 2]].tolist()


def test_a_list_of_texts_is_a_sequence_without_a_format():
    columns = (Column("steps", Kind.SEQUENCE),)
    rows = pl.DataFrame({"steps": ["get x\nput y", ODD]})
    encoding, matrix = fit_encoding(PLAN, columns, rows, np.zeros(2, dtype=np.int64), 0)
    assert matrix.sequences.ids.tolist() == [1, 2, 3]
    assert encoding.codecs["steps"].reading.format.name == "plain"
