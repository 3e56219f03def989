"""Functions of texts. Places are counted from 1, in characters."""

import re

import polars as pl

from keel.features.scalars.function import Build, Function, takes

LONGEST = 1_000
"""What `lpad` and `rpad` may pad to."""
_BACKWARD = re.compile(r"\\(\d)|\$")


def like(text: pl.Expr, pattern: pl.Expr) -> pl.Expr:
    """`%` is any text, `_` any character."""
    quoted = pattern.str.replace_all(r"([.+*?()\[\]{}|^$\\])", r"\${1}")
    regex = quoted.str.replace_all("%", ".*", literal=True).str.replace_all("_", ".", literal=True)
    return text.str.contains(pl.lit("(?s)^(?:") + regex + pl.lit(")$"))


def _trim(text: pl.Expr, characters: pl.Expr | None = None) -> pl.Expr:
    return text.str.strip_chars(" " if characters is None else characters)


def _trim_left(text: pl.Expr, characters: pl.Expr | None = None) -> pl.Expr:
    return text.str.strip_chars_start(" " if characters is None else characters)


def _trim_right(text: pl.Expr, characters: pl.Expr | None = None) -> pl.Expr:
    return text.str.strip_chars_end(" " if characters is None else characters)


def _substring(text: pl.Expr, start: pl.Expr, length: pl.Expr | None = None) -> pl.Expr:
    """A negative start counts from the end, 0 is the place before the first."""
    at = start.cast(pl.Int64, strict=False)
    offset = pl.when(at > 0).then(at - 1).when(at < 0).then(at).otherwise(0)
    if length is None:
        found = text.str.slice(offset)
    else:
        count = length.cast(pl.Int64, strict=False) - (at == 0).cast(pl.Int64)
        found = text.str.slice(offset, count.clip(lower_bound=0).cast(pl.UInt64))
        found = pl.when(count.is_not_null()).then(found)
    return pl.when(at.is_not_null()).then(found)


def _left(text: pl.Expr, count: pl.Expr) -> pl.Expr:
    return text.str.head(count.cast(pl.Int64, strict=False))


def _right(text: pl.Expr, count: pl.Expr) -> pl.Expr:
    return text.str.tail(count.cast(pl.Int64, strict=False))


def _replace(text: pl.Expr, what: str, by: pl.Expr) -> pl.Expr:
    replaced = text.str.replace_all(what, by, literal=True) if what else text
    return pl.when(by.is_not_null()).then(replaced)


def _position(text: pl.Expr, what: pl.Expr) -> pl.Expr:
    before = text.str.split(what).list.first().str.len_chars()
    found = pl.when(text.str.contains(what, literal=True)).then(before + 1).otherwise(0)
    place = pl.when(what.str.len_bytes() == 0).then(1).otherwise(found)
    return pl.when(text.is_not_null() & what.is_not_null()).then(place).cast(pl.Float64)


def _pad_left(text: pl.Expr, length: str, fill: str) -> pl.Expr:
    count = _padding(length, fill)
    return text.str.head(count).str.pad_start(count, fill)


def _pad_right(text: pl.Expr, length: str, fill: str) -> pl.Expr:
    count = _padding(length, fill)
    return text.str.head(count).str.pad_end(count, fill)


def _padding(length: str, fill: str) -> int:
    if len(fill) != 1:
        raise ValueError(f"pads with one character, not with {fill!r}")
    if not length.isdigit() or int(length) > LONGEST:
        raise ValueError(f"pads to a length of at most {LONGEST}, not to {length}")
    return int(length)


def _split_part(text: pl.Expr, separator: pl.Expr, place: pl.Expr) -> pl.Expr:
    at = place.cast(pl.Int64, strict=False)
    parts = text.str.split(separator)
    index = pl.when(at > 0).then(at - 1).otherwise(at)
    part = pl.when(at != 0).then(parts.list.get(index, null_on_oob=True)).fill_null("")
    known = text.is_not_null() & separator.is_not_null() & at.is_not_null()
    return pl.when(known).then(part)


def _extract(text: pl.Expr, pattern: str, group: str = "0") -> pl.Expr:
    # Every pattern matches nothing once there is an alternative of nothing.
    groups = pl.Series([""]).str.extract_groups(f"{pattern}|").struct.fields
    if not group.isdigit() or int(group) > len(groups):
        raise ValueError(f"{pattern!r} has no group {group}")
    found = text.str.extract(pattern, int(group)).fill_null("")
    return pl.when(text.is_not_null()).then(found)


def _substitute(text: pl.Expr, pattern: str, by: str, options: str = "") -> pl.Expr:
    if options not in ("", "g"):
        raise ValueError(f"takes 'g', which replaces all that match, and not {options!r}")
    # `\1` in SQL is `${1}` here, where `$` is a letter that needs another.
    written = _BACKWARD.sub(lambda m: f"${{{m[1]}}}" if m[1] else "$$", by)
    if options == "g":
        return text.str.replace_all(pattern, written)
    return text.str.replace(pattern, written)


def _strip_accents(text: pl.Expr) -> pl.Expr:
    return text.str.normalize("NFD").str.replace_all(r"\p{Mn}", "").str.normalize("NFC")


def _translate(text: pl.Expr, letters: str, by: str) -> pl.Expr:
    if not letters:
        return text
    first = dict(reversed([*zip(letters, [*by, *[""] * len(letters)], strict=False)]))
    return text.str.replace_many(list(first), list(first.values()))


def _join(*texts: pl.Expr) -> pl.Expr:
    return pl.concat_str(texts, ignore_nulls=True)


def _join_with(separator: str, *texts: pl.Expr) -> pl.Expr:
    return pl.concat_str(texts, separator=separator, ignore_nulls=True)


def _of_text(
    name: str, gives: str, build: Build, says: str, example: str, value: object, *aliases: str
) -> Function:
    return Function(name, takes("text"), gives, build, says, example, value, aliases)


def _of_two(
    name: str, gives: str, build: Build, says: str, example: str, value: object, *aliases: str
) -> Function:
    parameters = takes("text, part: text")
    return Function(name, parameters, gives, build, says, example, value, aliases)


_TRIMMED = takes("text, characters: text?")

TEXTS = (
    _of_text(
        "length",
        "number",
        lambda text: text.str.len_chars().cast(pl.Float64),
        "How many characters.",
        "length('日本')",
        2.0,
        "len",
        "char_length",
    ),
    _of_text(
        "strlen",
        "number",
        lambda text: text.str.len_bytes().cast(pl.Float64),
        "How many bytes, in UTF-8.",
        "strlen('日本')",
        6.0,
    ),
    _of_text(
        "lower",
        "text",
        lambda t: t.str.to_lowercase(),
        "In small letters.",
        "lower('Ab')",
        "ab",
        "lcase",
    ),
    _of_text(
        "upper",
        "text",
        lambda t: t.str.to_uppercase(),
        "In capitals.",
        "upper('Ab')",
        "AB",
        "ucase",
    ),
    Function(
        "trim",
        _TRIMMED,
        "text",
        _trim,
        "Without spaces, or these characters, at both ends.",
        "trim('  a ')",
        "a",
    ),
    Function("ltrim", _TRIMMED, "text", _trim_left, "At the front alone.", "ltrim(' a ')", "a "),
    Function("rtrim", _TRIMMED, "text", _trim_right, "At the end alone.", "rtrim('a--', '-')", "a"),
    Function(
        "substring",
        takes("text, start: number, length: number?"),
        "text",
        _substring,
        "From a place on; a negative one counts from the end.",
        "substring('hello', 2, 3)",
        "ell",
        ("substr",),
    ),
    Function(
        "left",
        takes("text, count: number"),
        "text",
        _left,
        "The first characters; all but the last, if negative.",
        "left('hello', 2)",
        "he",
    ),
    Function(
        "right",
        takes("text, count: number"),
        "text",
        _right,
        "The last characters; all but the first, if negative.",
        "right('hello', 2)",
        "lo",
    ),
    Function(
        "replace",
        takes("text, what: form, by: text"),
        "text",
        _replace,
        "With one text in the place of another, everywhere.",
        "replace('a-b', '-', '+')",
        "a+b",
    ),
    Function(
        "translate",
        takes("text, letters: form, by: form"),
        "text",
        _translate,
        "Each of these letters by the one at its place, or left out.",
        "translate('abc', 'ab', 'x')",
        "xc",
    ),
    Function(
        "concat",
        takes("values: shown*"),
        "text",
        _join,
        "One after the other, without those that are missing; `a || b` is missing if one is.",
        "concat('a', null, 1)",
        "a1",
    ),
    Function(
        "concat_ws",
        takes("between: form, values: shown*"),
        "text",
        _join_with,
        "The same with a text between them.",
        "concat_ws('-', 'a', 'b')",
        "a-b",
    ),
    _of_two(
        "contains",
        "boolean",
        lambda text, part: text.str.contains(part, literal=True),
        "Whether it is in there.",
        "contains('abc', 'b')",
        True,
    ),
    _of_two(
        "starts_with",
        "boolean",
        lambda text, part: text.str.starts_with(part),
        "Whether it comes first.",
        "starts_with('abc', 'a')",
        True,
        "prefix",
    ),
    _of_two(
        "ends_with",
        "boolean",
        lambda text, part: text.str.ends_with(part),
        "Whether it comes last.",
        "ends_with('abc', 'c')",
        True,
        "suffix",
    ),
    _of_two(
        "strpos",
        "number",
        _position,
        "Where it begins, 0 if nowhere.",
        "strpos('abc', 'c')",
        3.0,
        "instr",
    ),
    Function(
        "split_part",
        takes("text, separator: text, place: number"),
        "text",
        _split_part,
        "One part of a text that a separator splits; empty if there is none.",
        "split_part('a-b-c', '-', 2)",
        "b",
    ),
    Function(
        "lpad",
        takes("text, length: form, fill: form"),
        "text",
        _pad_left,
        "Filled at the front up to a length, and cut there.",
        "lpad('7', 3, '0')",
        "007",
    ),
    Function(
        "rpad",
        takes("text, length: form, fill: form"),
        "text",
        _pad_right,
        "Filled at the end.",
        "rpad('7', 3, '.')",
        "7..",
    ),
    _of_text(
        "strip_accents",
        "text",
        _strip_accents,
        "Letters without their accents.",
        "strip_accents('éß')",
        "eß",
    ),
    Function(
        "regexp_matches",
        takes("text, pattern"),
        "boolean",
        lambda text, pattern: text.str.contains(pattern),
        "Whether a regular expression matches anywhere.",
        "regexp_matches('a1', '[0-9]')",
        True,
    ),
    Function(
        "regexp_full_match",
        takes("text, pattern"),
        "boolean",
        lambda text, pattern: text.str.contains(f"^(?:{pattern})$"),
        "Whether it matches the whole text.",
        "regexp_full_match('a1', '[0-9]')",
        False,
    ),
    Function(
        "regexp_extract",
        takes("text, pattern, group: form?"),
        "text",
        _extract,
        "What matched, or one group of it; empty if nothing did.",
        "regexp_extract('ab12', '([a-z]+)([0-9]+)', 2)",
        "12",
    ),
    Function(
        "regexp_replace",
        takes("text, pattern, by: form, options: form?"),
        "text",
        _substitute,
        "The first match by a text in which `\\1` is a group; with 'g' every match.",
        "regexp_replace('ab', '(a)(b)', '\\2\\1')",
        "ba",
    ),
)
