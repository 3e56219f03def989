from hypothesis import given
from hypothesis import strategies as st

from keel.serve.lines import Lines

TEXTS = st.lists(st.sampled_from([b"{}", b"a", b"", b" ", b'"\\n"', b"0123456789"]), max_size=20)


def cut(text: bytes, places: list[int], most_bytes: int = 100) -> list[bytes | None]:
    lines = Lines(most_bytes)
    ends = sorted({min(place, len(text)) for place in places} | {len(text)})
    parts = [text[start:end] for start, end in zip([0, *ends], ends, strict=False)]
    return [*(line for part in parts for line in lines.feed(part)), *lines.end()]


@given(TEXTS, st.lists(st.integers(0, 100)), st.sampled_from([b"\n", b"\r\n"]))
def test_lines_are_the_same_however_they_come(
    texts: list[bytes], places: list[int], end: bytes
) -> None:
    assert cut(end.join(texts), places) == [text for text in texts if text.strip()]


@given(TEXTS, st.lists(st.integers(0, 100)))
def test_a_line_that_is_too_long_is_known_and_not_kept(
    texts: list[bytes], places: list[int]
) -> None:
    expected = [None if len(text) > 9 else text for text in texts if text.strip()]
    assert cut(b"\n".join(texts), places, most_bytes=9) == expected


def test_what_is_too_long_takes_no_memory() -> None:
    lines = Lines(10)
    for _ in range(100):
        assert lines.feed(b"x" * 9) == []
    assert sum(map(len, lines._begun)) <= 10
    assert lines.feed(b"\nshort\n") == [None, b"short"]
