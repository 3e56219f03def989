import pytest
from hypothesis import given
from hypothesis import strategies as st

from keel.errors import RequestError
from keel.serve.answer_infer import split_body


@given(st.lists(st.binary(max_size=6), max_size=5), st.data())
def test_a_body_in_any_parts_is_split_where_its_header_says(
    parts: list[bytes], data: st.DataObject
) -> None:
    whole = b"".join(parts)
    length = data.draw(st.integers(0, len(whole)))
    assert split_body(parts, str(length)) == (whole[:length], whole[length:])
    assert split_body(parts, None) == (whole, b"")


@pytest.mark.parametrize("length", ["-1", "7", "", "1_0", "٣", "9" * 5000])
def test_a_length_beyond_the_body_is_refused(length: str) -> None:
    with pytest.raises(RequestError, match=r"allowed is how many bytes .*, from 0 to 6"):
        split_body([b"abc", b"def"], length)
