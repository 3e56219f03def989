import re
from collections import Counter
from itertools import pairwise

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keel.train.encode.hashing import STATISTICS, HashSettings, hash_texts

SETTINGS = HashSettings()

any_text = st.none() | st.text(max_size=40) | st.sampled_from(["a b", "x" * 300])


def slowly(text):
    """Counts of n-grams by the definition, in plain Python, of ASCII text."""
    counts = Counter()
    for chunk in text.lower().split():
        padded = f" {chunk} "
        for size in range(2, 5):
            counts.update(("c", padded[i : i + size]) for i in range(len(padded) - size + 1))
    tokens = []
    for match in re.finditer(r"[a-z0-9_]+|([^a-z0-9_\s])\1*", text.lower()):
        word = match[0]
        tokens.append(word if match[1] is None else word[:3])
    counts.update(("w", token) for token in tokens)
    counts.update(("ww", *pair) for pair in pairwise(tokens))
    return counts


def ids_of(column, settings=SETTINGS):
    """The set of ids of each text."""
    hashed = hash_texts(pl.Series(column), settings)
    edges = hashed.starts.tolist()
    return [set(hashed.ids[a:b].tolist()) for a, b in pairwise(edges)]


@pytest.mark.parametrize(
    "text",
    ["hello world", "FREE!!!! call 0871 now, now", "a", "x_1 -- y", "one  two\tthree\nfour", "?!?"],
)
def test_n_grams_and_their_counts_are_those_of_the_definition(text):
    hashed = hash_texts(pl.Series([text]), SETTINGS)
    expected = np.sort(1 + np.log(list(slowly(text).values()))).astype(np.float32)
    np.testing.assert_array_equal(np.sort(hashed.weights), expected)


def test_equal_n_grams_have_equal_ids_wherever_they_stand():
    first, second, third = ids_of(["win cash", "cash win", "WIN  Cash"])
    assert first == third
    assert len(first ^ second) == 2  # the pair of words, either way round


@settings(max_examples=40)
@given(st.lists(any_text, max_size=12))
def test_a_text_gives_the_same_whatever_stands_beside_it(column):
    together = hash_texts(pl.Series(column, dtype=pl.String), SETTINGS)
    assert len(together) == len(column)
    for row, text in enumerate(column):
        alone = hash_texts(pl.Series([text], dtype=pl.String), SETTINGS)
        part = slice(together.starts[row], together.starts[row + 1])
        np.testing.assert_array_equal(alone.ids, together.ids[part])
        np.testing.assert_array_equal(alone.weights, together.weights[part])
        np.testing.assert_array_equal(alone.statistics[0], together.statistics[row])


def test_rows_are_taken_in_any_order():
    hashed = hash_texts(pl.Series(["a b c", None, "d e", "f"]), SETTINGS)
    taken = hashed.take(np.array([2, 0, 1, 2]))
    again = hash_texts(pl.Series(["d e", "a b c", None, "d e"]), SETTINGS)
    np.testing.assert_array_equal(taken.starts, again.starts)
    np.testing.assert_array_equal(taken.ids, again.ids)


def test_compatible_forms_of_a_character_are_one():
    wide, plain = ids_of(["ＦＲＥＥ ﬁve", "free five"])
    assert wide == plain


def test_what_is_beyond_the_longest_is_not_read():
    short = HashSettings(longest=5)
    cut, whole = ids_of(["abcdefgh", "abcde"], short)
    assert cut == whole


def test_statistics_count_what_they_say():
    hashed = hash_texts(pl.Series(["AB 12!é", None]), SETTINGS)
    named = dict(zip(STATISTICS, hashed.statistics[0], strict=True))
    assert named["length"] == pytest.approx(np.log1p(7))
    assert named["words"] == pytest.approx(np.log1p(4))
    assert named["digits"] == pytest.approx(2 / 7)
    assert named["capitals"] == pytest.approx(2 / 7)
    assert named["punctuation"] == pytest.approx(1 / 7)
    assert named["not ASCII"] == pytest.approx(1 / 7)
    assert not hashed.statistics[1].any()


def test_many_texts_are_hashed_without_a_loop_over_them():
    column = pl.Series(["word " * 10_000, *(f"text number {i}" for i in range(3000))])
    assert len(hash_texts(column, SETTINGS)) == 3001
