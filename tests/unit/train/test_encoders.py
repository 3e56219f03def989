from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest
from graph_case import run_columns
from hypothesis import given, settings
from hypothesis import strategies as st

from keel.spec.kinds import Kind
from keel.train.encode.encoder import Sample, encoder_names, find_encoder
from keel.train.export.tensors import MISSING_TIME

MOMENT = pl.Datetime("us")
HOUR, DAY = 3_600_000_000, 86_400_000_000
NUMBERS = ("impute", "log", "passthrough", "standard", "yeo_johnson")
CATEGORIES = ("frequency", "onehot", "ordinal", "target")

floats = st.none() | st.floats(allow_nan=False, allow_infinity=False) | st.floats(-5, 5)
words = st.none() | st.sampled_from(["", "a", "b", "é", "a\0", "long name"]) | st.text(max_size=3)
moments = st.none() | st.integers(-(2**63) + 1, 2**63 - 1) | st.integers(-(10**16), 10**16)


def encode(name, fitting, other, label=None):
    """Encoder fitted on one frame; what it makes of the other, natively and in a graph."""
    label = np.arange(len(fitting)) % 2 if label is None else label
    fitted = find_encoder(name).fit(Sample(fitting, label, 3))
    native = fitted.transform(other)
    exported = run_columns(other, fitted.graph, len(fitted.names))
    np.testing.assert_allclose(exported, native, rtol=1e-6, atol=1e-6)
    assert native.dtype == np.float32
    assert native.shape == (len(other), len(fitted.names))
    return fitted, native


def numbers(*columns):
    return pl.DataFrame({f"x{i}": pl.Series(c, dtype=pl.Float64) for i, c in enumerate(columns)})


def categories(*columns):
    return pl.DataFrame({f"c{i}": pl.Series(c, dtype=pl.String) for i, c in enumerate(columns)})


def times(*columns):
    series = [pl.Series(c, dtype=pl.Int64).cast(MOMENT) for c in columns]
    return pl.DataFrame({f"t{i}": s for i, s in enumerate(series)})


def test_every_encoder_is_found_by_its_place():
    assert set(encoder_names()) == {*NUMBERS, *CATEGORIES, "calendar", "clock"}
    assert all(find_encoder(name).name == name for name in encoder_names())
    with pytest.raises(KeyError, match="'nope' is not an encoder: calendar"):
        find_encoder("nope")


@pytest.mark.parametrize("name", NUMBERS)
@settings(max_examples=15)
@given(st.lists(floats, min_size=1, max_size=30), st.lists(floats, min_size=1, max_size=8))
def test_numbers_come_out_of_the_graph_as_they_do_natively(name, fitting, other):
    block = numbers(fitting, [None] * len(fitting), [7.0] * len(fitting))
    _, native = encode(name, block, numbers(other, other, other))
    assert name == "passthrough" or np.isfinite(native).all()


@pytest.mark.parametrize("name", CATEGORIES)
@settings(max_examples=15)
@given(st.lists(words, min_size=1, max_size=40), st.lists(words, min_size=1, max_size=8))
def test_categories_come_out_of_the_graph_as_they_do_natively(name, fitting, other):
    encode(name, categories(fitting, fitting[::-1]), categories(other, other))


@settings(max_examples=25)
@given(st.lists(moments, min_size=1, max_size=20), st.lists(moments, min_size=1, max_size=8))
def test_times_come_out_of_the_graph_as_they_do_natively(fitting, other):
    encode("calendar", times(fitting), times(other))


@pytest.mark.parametrize("label", [np.arange(60) % 13, np.arange(60) / 7.0])
def test_target_encoding_of_many_classes_and_of_values_agrees_with_its_graph(label):
    fitting = categories([f"k{i % 7}" for i in range(60)])
    fitted, _ = encode("target", fitting, categories(["k1", None, "new"]), label)
    assert len(fitted.names) == (1 if label.dtype.kind == "f" else 10)


def test_a_missing_number_becomes_the_median_with_an_indicator():
    fitted, native = encode(
        "impute", numbers([1, 2, None, 9], [1, 1, 1, 1]), numbers([None], [None])
    )
    assert fitted.names == ("x0", "x1", "x0 is missing")
    assert native.tolist() == [[2.0, 1.0, 1.0]]


def test_standardised_numbers_have_no_mean_and_unit_spread_and_a_constant_is_zero():
    rng = np.random.default_rng(0)
    _, native = encode("standard", *[numbers(rng.normal(1e6, 3, 500), [4.2] * 500)] * 2)
    assert native[:, 0].mean() == pytest.approx(0, abs=1e-2)
    assert native[:, 0].std() == pytest.approx(1, abs=1e-2)
    assert not native[:, 1].any()


def test_only_skewed_columns_are_taken_to_the_logarithm():
    rng = np.random.default_rng(0)
    block = numbers(np.exp(rng.normal(0, 2, 500)), rng.normal(size=500))
    fitted, _ = encode("log", block, block)
    assert fitted.parameters["skewed"] == [True, False]


def test_numbers_too_large_for_float32_are_kept_finite():
    _, native = encode("passthrough", numbers([1.0]), numbers([1e300, -1e300, None]))
    assert native[:2, 0].tolist() == [np.finfo(np.float32).max, -np.finfo(np.float32).max]
    assert np.isnan(native[2, 0])


def test_booleans_are_zero_one_and_nan():
    frame = pl.DataFrame({"b": [True, False, None]})
    fitted = find_encoder("passthrough").fit(Sample(frame, np.zeros(3), 0))
    np.testing.assert_array_equal(fitted.transform(frame), [[1], [0], [np.nan]])
    assert Kind.BOOLEAN in find_encoder("impute").kinds


def test_rare_and_unseen_categories_share_a_column_and_missing_has_its_own():
    fitting = categories(["a"] * 9 + ["b"] * 6 + ["c", "d"] + [None])
    fitted, native = encode("onehot", fitting, categories(["a", "b", "c", "new", None, ""]))
    assert fitted.names == ("c0 = a", "c0 = b", "c0 is rare", "c0 is missing")
    assert native.argmax(axis=1).tolist() == [0, 1, 2, 2, 3, 3]
    assert native.sum(axis=1).tolist() == [1.0] * 6


def test_an_unseen_category_is_all_zero_where_none_was_rare():
    _, native = encode("onehot", categories(["a"] * 9 + ["b"] * 6), categories(["new", None]))
    assert not native.any()


def test_a_column_of_hundreds_of_categories_gives_at_most_64_and_the_rare_ones():
    fitting = categories([f"k{i % 300}" for i in range(3000)])
    fitted, _ = encode("onehot", fitting, categories(["k1"]))
    assert len(fitted.names) == 65


def test_ordinal_codes_follow_frequency_and_tell_unseen_from_missing():
    _, native = encode(
        "ordinal",
        categories(["b", "a", "a", "c", "a", "b"]),
        categories(["a", "b", "c", "x", None]),
    )
    assert native.ravel().tolist() == [0, 1, 2, -1, -2]


def test_frequency_is_the_logarithm_of_the_share():
    _, native = encode("frequency", categories(["a"] * 9 + ["b"]), categories(["a", "b", "x"]))
    np.testing.assert_allclose(native.ravel(), np.log10([0.9, 0.1, 0.05]), rtol=1e-6)


def test_target_means_are_drawn_to_the_mean_of_all():
    # 8 of 10 in "a" are positive, 1 of 2 in "b"; 0.75 of all. With the weight of 10 rows:
    # a (8 + 7.5) / 20 = 0.775, b (1 + 7.5) / 12 = 0.7083.
    label = np.array([1] * 8 + [0] * 2 + [1, 0])
    fitting = categories(["a"] * 10 + ["b"] * 2)
    _, native = encode("target", fitting, categories(["a", "b", "new"]), label)
    a, b, new = native.ravel()
    assert new == 0
    assert a / b == pytest.approx((0.775 - 0.75) / (8.5 / 12 - 0.75), rel=1e-5)


def test_no_fitting_row_is_answered_from_its_own_label():
    rng = np.random.default_rng(0)
    label = rng.integers(0, 2, 400)
    unique = categories([f"k{i}" for i in range(400)])
    fitted = find_encoder("target").fit(Sample(unique, label, 5))
    assert np.corrcoef(fitted.transform(unique)[:, 0], label)[0, 1] > 0.99
    assert not fitted.transform_fitted(unique).any()


def test_the_clock_knows_circles_that_were_gone_round_twice_and_nothing_that_grows():
    """A day seen for the first time is no odd one, so that a week is no circle yet."""
    day = times([hour * HOUR for hour in range(24)])
    assert find_encoder("clock").fit(Sample(day, np.zeros(24), 3)).names == ()
    for days, parts in ((5, 2), (30, 4)):
        hours = times([hour * HOUR for hour in range(24 * days)])
        fitted, native = encode("clock", hours, times([10**15, 10**15 + 14 * DAY, None]))
        assert len(fitted.names) == parts
        np.testing.assert_array_equal(native[0], native[1])
        assert np.isnan(native[2]).all()


@settings(max_examples=50)
@given(st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31, 23, 59, 59)))
def test_the_calendar_reads_any_year_as_python_does(moment):
    micros = (moment.replace(tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(
        microseconds=1
    )
    spread = times([micros, *(k * 12_345_678_901_234 for k in range(50))])
    fitted, native = encode("calendar", spread, spread)
    parts = dict(zip(fitted.names, native[0], strict=True))
    assert parts["t0: hour"] == moment.hour
    assert parts["t0: weekday"] == moment.weekday()
    assert parts["t0: day"] == moment.day
    assert parts["t0: month"] == moment.month
    assert parts["t0: days"] + fitted.references[0] == micros // 86_400_000_000


def test_parts_of_a_time_that_never_vary_are_left_out():
    midnights = times([day * 86_400_000_000 for day in range(40)])
    fitted, _ = encode("calendar", midnights, midnights)
    assert "t0: hour" not in fitted.names
    assert "t0: weekday" in fitted.names


def test_a_missing_time_is_missing_in_every_part():
    _, native = encode("calendar", times([0, 10**15]), times([None]))
    assert np.isnan(native).all()
    assert times([None])["t0"].to_physical().fill_null(MISSING_TIME)[0] == MISSING_TIME
