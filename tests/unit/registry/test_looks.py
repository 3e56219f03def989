from sqlalchemy.engine import Engine

from keel.registry.looks import count_look, read_looks


def test_looks_are_counted_for_each_system_and_test_part(engine: Engine) -> None:
    assert [count_look(engine, "fraud", "a") for _ in range(3)] == [1, 2, 3]
    assert count_look(engine, "fraud", "b") == 1
    assert count_look(engine, "churn", "a") == 1
    assert (read_looks(engine, "fraud", "a"), read_looks(engine, "fraud", "c")) == (3, 0)
