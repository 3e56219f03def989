"""Word and character n-grams of texts as hashed ids, without a loop over n-grams.

Stateless: what is done here depends on nothing but the text, so it is done once per column.
"""

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import polars as pl
from numpy.typing import NDArray

Float32 = NDArray[np.float32]
Codes = NDArray[np.uint32]
Flags = NDArray[np.bool_]

BITS = 22
"""N-grams are hashed into 2 ** BITS ids."""

STATISTICS = ("length", "words", "digits", "capitals", "punctuation", "not ASCII")
"""Logarithms of the numbers of characters and tokens, then shares of the characters."""

_BATCH_CHARACTERS = 500_000
_BATCH_TEXTS = 2 ** (32 - BITS) - 1
_SPACE, _WORD, _DIGIT, _CAPITAL = 1, 2, 4, 8
_LONGEST_WORD, _LONGEST_SYMBOL = 64, 3
_BASE, _STEP = np.uint32(0x01000193), np.uint32(0x9E3779B1)


@dataclass(frozen=True)
class HashSettings:
    """words, characters: lengths of n-grams, both ends included. longest: characters read of a
    text; the rest is left unread."""

    words: tuple[int, int] = (1, 2)
    characters: tuple[int, int] = (2, 4)
    longest: int = 20_000


@dataclass(frozen=True, eq=False)
class Hashed:
    """N-grams of n texts in compressed rows: those of text i are `starts[i]:starts[i + 1]`.

    ids: int32, rising within a text. weights: float32, 1 + log(count). statistics: [n, 6].
    """

    starts: NDArray[np.int64]
    ids: NDArray[np.int32]
    weights: Float32
    statistics: Float32

    def __len__(self) -> int:
        return len(self.starts) - 1

    def take(self, rows: NDArray[np.int64]) -> "Hashed":
        """These texts, in this order."""
        starts, lengths = self.starts[rows], np.diff(self.starts)[rows]
        ends = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(lengths)])
        gather = np.repeat(starts - ends[:-1], lengths) + np.arange(ends[-1])
        return Hashed(ends, self.ids[gather], self.weights[gather], self.statistics[rows])


def hash_texts(column: pl.Series, settings: HashSettings) -> Hashed:
    """The n-grams of n texts; null counts as "".

    Texts are read in Unicode form NFKC and lower case. Character n-grams stay within what spaces
    divide, with one space before and after. Tokens are words, or one symbol however often it is
    repeated.
    """
    starts, ids = [np.zeros(1, dtype=np.int64)], [np.zeros(0, dtype=np.int32)]
    counts = [np.zeros(0, dtype=np.int64)]
    statistics = [np.zeros((0, len(STATISTICS)), dtype=np.float32)]
    for texts in _batches(_cut(column, settings.longest)):
        stream = _read(texts)
        keys = np.sort(_keys(stream, settings))
        first = np.flatnonzero(np.append(True, np.diff(keys) != 0)[: len(keys)])
        edges = np.arange(1, len(texts) + 1, dtype=np.uint64) << np.uint64(BITS)
        starts.append(starts[-1][-1] + np.searchsorted(keys[first], edges))
        counts.append(np.diff(first, append=len(keys)))
        ids.append((keys[first] & np.uint32(2**BITS - 1)).astype(np.int32))
        statistics.append(stream.statistics)
    weights = 1.0 + np.log(np.concatenate(counts))
    return Hashed(
        np.concatenate(starts),
        np.concatenate(ids),
        weights.astype(np.float32),
        np.concatenate(statistics),
    )


def _cut(column: pl.Series, longest: int) -> list[str]:
    # As expressions these cost a quarter of a millisecond for a single text, most of an answer.
    return ["" if text is None else text.strip()[:longest] for text in column.to_list()]


def _batches(texts: Sequence[str]) -> Iterator[Sequence[str]]:
    start = size = 0
    for end, text in enumerate(texts):
        if end > start and (size + len(text) > _BATCH_CHARACTERS or end - start == _BATCH_TEXTS):
            yield texts[start:end]
            start, size = end, 0
        size += len(text)
    if texts:
        yield texts[start:]


@dataclass(frozen=True, eq=False)
class _Stream:
    """The characters of a batch of texts in one row, with one space between what spaces divide.

    text[i] is the text that character i belongs to; a space belongs to what comes before it.
    token[j] is the hash of the token that starts at the j-th entry of `starts`.
    """

    codes: Codes
    space: Flags
    text: Codes
    token: Codes
    token_text: Codes
    statistics: Float32


def _read(texts: Sequence[str]) -> _Stream:
    joined = "\0".join(["", *(text.replace("\0", " ") for text in texts), ""])
    if not joined.isascii():
        joined = unicodedata.normalize("NFKC", joined)
    codes, flags, text = _characters(joined)
    capitals = np.bincount(text[(flags & _CAPITAL) > 0], minlength=len(texts))
    codes, flags, text = _characters(joined.lower())
    space = (flags & _SPACE) > 0
    keep = ~space
    keep[0] = True
    keep[1:] |= ~space[:-1]
    inside = ~space
    token, token_text = _tokens(codes, (flags & _WORD) > 0, inside, text)
    counted = [
        np.bincount(text[mask], minlength=len(texts))
        for mask in (
            codes > 0,
            (flags & _DIGIT) > 0,
            (flags & (_SPACE | _WORD)) == 0,
            codes > 127,
        )
    ]
    length, digits, punctuation, beyond = counted
    words = np.bincount(token_text, minlength=len(texts))
    shares = np.stack([digits, capitals, punctuation, beyond], axis=1)
    statistics = np.column_stack(
        [np.log1p(length), np.log1p(words), shares / np.maximum(length, 1)[:, None]]
    )
    return _Stream(
        np.where(space, np.uint32(32), codes)[keep],
        space[keep],
        text[keep],
        token,
        token_text,
        statistics.astype(np.float32),
    )


def _characters(joined: str) -> tuple[Codes, NDArray[np.uint8], Codes]:
    codes = np.frombuffer(joined.encode("utf-32-le"), dtype="<u4")
    flags = _flag_table()[np.minimum(codes, 0xFFFF)]
    # The zero before a text counts with the text before it; the very first with the first.
    zero = codes == 0
    text = np.maximum(np.cumsum(zero) - zero, 1) - 1
    return codes, flags, text.astype(np.uint32)


@cache
def _flag_table() -> NDArray[np.uint8]:
    table = np.zeros(0x10000, dtype=np.uint8)
    for code in range(0x10000):
        character = chr(code)
        mark = unicodedata.category(character)[0] == "M"
        table[code] = (
            _SPACE * (character.isspace() or code == 0)
            | _WORD * (character.isalnum() or mark or character == "_")
            | _DIGIT * character.isdecimal()
            | _CAPITAL * character.isupper()
        )
    return table


def _tokens(codes: Codes, word: Flags, inside: Flags, text: Codes) -> tuple[Codes, Codes]:
    at = np.flatnonzero(inside)
    if not len(at):
        return np.zeros(0, dtype=np.uint32), np.zeros(0, dtype=np.uint32)
    codes, word = codes[at], word[at]
    fresh = np.ones(len(at), dtype=bool)
    same = (word[1:] == word[:-1]) & (word[1:] | (codes[1:] == codes[:-1]))
    fresh[1:] = (np.diff(at) != 1) | ~same
    starts = np.flatnonzero(fresh)
    place = np.arange(len(at)) - np.repeat(starts, np.diff(starts, append=len(at)))
    powers = np.cumprod(np.full(_LONGEST_WORD, _BASE, dtype=np.uint32), dtype=np.uint32)
    read = place < np.where(word, _LONGEST_WORD, _LONGEST_SYMBOL)
    terms = codes * powers[np.minimum(place, _LONGEST_WORD - 1)] * read
    return np.add.reduceat(terms, starts, dtype=np.uint32), text[at[starts]]


def _keys(stream: _Stream, settings: HashSettings) -> Codes:
    return np.concatenate([*_word_keys(stream, settings), *_character_keys(stream, settings)])


def _word_keys(stream: _Stream, settings: HashSettings) -> Iterator[Codes]:
    shortest, longest = settings.words
    grams = stream.token
    for size in range(1, longest + 1):
        last = max(len(stream.token) - size + 1, 0)
        if size > 1:
            grams = grams[:last] * _STEP + stream.token[size - 1 :]
        if size >= shortest:
            within = stream.token_text[:last] == stream.token_text[size - 1 :]
            yield _key(stream.token_text[:last][within], grams[within], 100 + size)


def _character_keys(stream: _Stream, settings: HashSettings) -> Iterator[Codes]:
    shortest, longest = settings.characters
    length = len(stream.codes)
    spaces = np.append(np.flatnonzero(stream.space), length)
    reach = spaces[np.cumsum(stream.space)] - np.arange(length)
    # A space that opens an n-gram counts with the text that follows it.
    text = np.where(stream.space, np.append(stream.text[1:], np.uint32(0)), stream.text)
    grams = stream.codes
    for size in range(1, longest + 1):
        last = max(length - size + 1, 0)
        if size > 1:
            grams = grams[:last] * _BASE + stream.codes[size - 1 :]
        if size >= shortest:
            within = np.flatnonzero(reach[:last] >= max(size - 1, 1))
            yield _key(text[within], grams[within], size)


def _key(text: Codes, gram: Codes, salt: int) -> Codes:
    """Text number in the high bits, hashed n-gram in the low ones, mixed as in MurmurHash3."""
    mixed = gram + np.uint32(salt * int(_STEP) & 0xFFFFFFFF)
    mixed ^= mixed >> np.uint32(16)
    mixed *= np.uint32(0x85EBCA6B)
    mixed ^= mixed >> np.uint32(13)
    mixed *= np.uint32(0xC2B2AE35)
    mixed ^= mixed >> np.uint32(16)
    return (text << np.uint32(BITS)) | (mixed >> np.uint32(32 - BITS))
