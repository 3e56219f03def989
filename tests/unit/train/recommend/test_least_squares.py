"""Ridge regressions of many histories at once."""

import numpy as np
import pytest
from scipy import sparse

from keel.train.recommend.least_squares import Problem, solve


def test_enough_steps_give_the_exact_solution_of_each_row():
    random = np.random.default_rng(1)
    factors = random.normal(size=(30, 6)).astype(np.float32)
    gram = (0.1 * factors.T @ factors).astype(np.float32)
    weights = sparse.random(50, 30, 0.3, format="csr", dtype=np.float32, rng=random)
    weights = sparse.vstack([weights, sparse.csr_matrix((1, 30), dtype=np.float32)]).tocsr()
    ridge = np.linspace(0.1, 2.0, 51).astype(np.float32)
    solved = solve(Problem(factors, gram), weights, ridge, steps=30)
    for row in range(51):
        w = weights[row].toarray().ravel().astype(np.float64)
        matrix = gram + ridge[row] * np.eye(6) + (factors * w[:, None]).T @ factors
        assert solved[row] == pytest.approx(np.linalg.solve(matrix, factors.T @ w), abs=1e-4)


def test_threads_change_nothing_and_blocks_only_the_last_digit():
    random = np.random.default_rng(2)
    problem = Problem(random.normal(size=(9, 4)).astype(np.float32), np.eye(4, dtype=np.float32))
    weights = sparse.random(900, 9, 0.4, format="csr", dtype=np.float32, rng=random)
    ridge = np.ones(900, dtype=np.float32)
    one = solve(problem, weights, ridge, steps=3)
    assert (one == solve(problem, weights, ridge, steps=3, threads=3)).all()
    apart = solve(problem, weights[700:], ridge[700:], steps=3)
    assert one[700:] == pytest.approx(apart, abs=1e-5)
