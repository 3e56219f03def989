import numpy as np
import polars as pl
import pytest

from keel.errors import ArtifactError
from keel.train.codecs.ngrams import fit_ngrams
from keel.train.encode.codec import pack_codec, read_codec
from keel.train.encode.hashing import HashSettings, hash_texts

SETTINGS = HashSettings()
COLUMN = pl.Series(
    ["win cash now", "cash prize now!", "see you at home", None, "win win win", "at home"]
)


def fitted(column=COLUMN):
    return fit_ngrams(hash_texts(column, SETTINGS), SETTINGS)


def test_padded_tensors_hold_the_very_weights_that_models_were_fitted_on():
    codec = fitted()
    rows = codec.select(codec.hash(COLUMN))
    for order in (range(6), [3], [5, 0]):
        tensors = codec.encode(COLUMN.gather(list(order)))
        for i, row in enumerate(order):
            ids = rows.ids[rows.starts[row] : rows.starts[row + 1]]
            weights = rows.weights[rows.starts[row] : rows.starts[row + 1]]
            np.testing.assert_array_equal(tensors.ids[i, : len(ids)], ids)
            np.testing.assert_array_equal(tensors.weights[i, : len(ids)], weights)
            assert not tensors.weights[i, len(ids) :].any()


def test_weights_are_tf_idf_of_unit_length():
    # One word alone is kept, so its text's weights are 1 / sqrt(k) over its k n-grams.
    codec = fitted(pl.Series(["home", "home", "other", "word"]))
    rows = codec.select(codec.hash(pl.Series(["home", "other"])))
    assert rows.starts[1] > 0
    np.testing.assert_allclose((rows.weights**2).sum(), 1, rtol=1e-6)
    np.testing.assert_allclose(rows.weights, rows.weights[0], rtol=1e-6)
    assert rows.starts[2] == rows.starts[1]
    np.testing.assert_allclose(codec.rarity, 1 + np.log(5 / 3), rtol=1e-6)


def test_a_codec_comes_back_from_its_bytes():
    codec = fitted()
    again = read_codec(codec.to_bytes())
    assert again.to_bytes() == codec.to_bytes()
    assert again.width == codec.width
    np.testing.assert_array_equal(again.encode(COLUMN).weights, codec.encode(COLUMN).weights)


def test_texts_without_any_n_gram_still_make_a_codec():
    codec = fitted(pl.Series([None, ""], dtype=pl.String))
    assert codec.width == 1
    assert not codec.encode(pl.Series(["new"])).weights.any()


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (lambda data: b"PK" + data, "not a codec"),
        (lambda data: data[:-5], "damaged"),
        (lambda data: data[:30], "damaged"),
        (lambda _: pack_codec({"codec": "images"}, {}), "'images' is not known here, only ngrams"),
        (lambda data: data.replace(b'"<u4"', b'"|O8"'), "is not a type of numbers"),
    ],
)
def test_damaged_bytes_are_refused(damage, told):
    with pytest.raises(ArtifactError, match=told):
        read_codec(damage(fitted().to_bytes()))
