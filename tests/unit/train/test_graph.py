import time

import numpy as np
import onnx

from keel.train.export.graph import FLOAT, Graph


def test_equal_constants_are_one_tensor_and_unequal_ones_are_not():
    graph = Graph("case")
    assert graph.float32([1, 2]) == graph.float32([1, 2])
    assert graph.float32([1, 2]) != graph.float32([[1, 2]])
    assert graph.float32(0) != graph.int64(0)
    assert graph.constant(np.array(["ab", "c"])) != graph.constant(np.array(["a", "bc"]))
    assert graph.constant(np.array(["é"])) == graph.constant(np.array(["é"], dtype=object))


def test_thousands_of_constants_take_no_time():
    graph = Graph("case")
    began = time.perf_counter()
    names = {graph.int64(i) for i in range(5000)}
    assert len(names) == 5000
    assert time.perf_counter() - began < 5


def test_an_input_may_bear_any_name_a_column_has():
    graph = Graph("case")
    given = graph.input("t0 (€)", FLOAT, ["n", 1])
    graph.output(graph.node("Neg", given), "out", FLOAT, ["n", 1])
    model = onnx.load_model_from_string(graph.model())
    assert model.graph.input[0].name == "t0 (€)"
    assert all(node.output[0].startswith("/") for node in model.graph.node[:-1])
