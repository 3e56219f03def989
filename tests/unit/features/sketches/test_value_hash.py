"""Hashes stay what they are: stores hold them for years."""

import numpy as np

from keel.features.sketches.value_hash import hash_numbers, hash_texts


def test_numbers_have_hashes_that_never_change() -> None:
    # The first outputs of SplitMix64 for the seed 0 and the state 2 * 0x9E3779B97F4A7C15.
    assert hash_numbers(np.array([0.0]))[0] == 0xE220A8397B1DCDAF
    state = np.array([0x9E3779B97F4A7C15], dtype=np.uint64).view(np.float64)
    assert hash_numbers(state)[0] == 0x6E789E6AA1B965F4


def test_both_zeros_are_one_number() -> None:
    assert hash_numbers(np.array([0.0]))[0] == hash_numbers(np.array([-0.0]))[0]


def test_texts_have_hashes_that_never_change() -> None:
    assert [hex(h) for h in hash_texts(["", "café"]).tolist()] == TEXTS
    assert len(hash_texts([])) == 0


TEXTS = ["0xb4b2797457a0a6e4", "0xe3d79231bda27757"]
