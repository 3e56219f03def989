"""A call of a function: its arguments as it takes them, or an error that points at one."""

from collections.abc import Sequence

import polars as pl

from keel.features.scalars.casts import to_text
from keel.features.scalars.function import ANY, SHOWN, WRITTEN, Function, Parameter
from keel.features.scalars.term import Term, Type
from keel.features.scalars.zones import check_zone
from keel.spec.nearest import did_you_mean
from keel.spec.tokens import GrammarError


def call_function(text: str, function: Function, arguments: Sequence[Term], offset: int) -> Term:
    """What the function gives. Raises GrammarError for arguments that it does not take."""
    parameters = _match(text, function, arguments, offset)
    common = [a for a, p in zip(arguments, parameters, strict=True) if p.type == ANY]
    unified = iter(unify(text, common))
    given: list[pl.Expr | str] = []
    kind = Type.NULL
    for argument, parameter in zip(arguments, parameters, strict=True):
        if parameter.type == ANY:
            same = next(unified)
            kind = same.type
            given.append(same.polars)
        elif parameter.type == SHOWN:
            given.append(to_text(argument))
        elif parameter.type in WRITTEN:
            given.append(_written(text, function, parameter, argument))
        else:
            wanted = Type(parameter.type)
            given.append(convert(text, argument, wanted, function.name).polars)
    try:
        value = function.build(*given)
    except ValueError as error:
        raise GrammarError(text, offset, f"{function.name}: {error}") from error
    return Term(kind if function.gives == ANY else Type(function.gives), value, offset)


def convert(text: str, term: Term, wanted: Type, asker: str) -> Term:
    """The term as this type. Raises GrammarError where it is of another."""
    converted = term.convert(wanted)
    if converted is None:
        said = f"{asker} needs a {wanted} here, but this is a {term.type}"
        raise GrammarError(text, term.offset, said)
    return converted


def unify(text: str, terms: Sequence[Term]) -> list[Term]:
    """All as one type, that of the first that has one. Raises GrammarError where they differ."""
    types = [term.type for term in terms if term.type is not Type.NULL]
    if not types:
        return list(terms)
    wanted = types[0]
    for better in (Type.NUMBER, Type.TIME):
        # A boolean can be a number and a text a time, but not the other way round.
        if better in types and all(term.convert(better) for term in terms):
            wanted = better
    unified = []
    for term in terms:
        converted = term.convert(wanted)
        if converted is None:
            said = f"a {term.type} cannot stand beside a {wanted}; one of them needs a cast"
            raise GrammarError(text, term.offset, said)
        unified.append(converted)
    return unified


def _match(
    text: str, function: Function, arguments: Sequence[Term], offset: int
) -> list[Parameter]:
    """The parameter of each argument."""
    takes = function.takes
    least = sum(not parameter.optional for parameter in takes)
    endless = bool(takes) and takes[-1].many
    if len(arguments) < least or (len(arguments) > len(takes) and not endless):
        said = f"takes {function.signature}, not {len(arguments)} arguments"
        raise GrammarError(text, offset, f"{function.name} {said}")
    more = max(0, len(arguments) - len(takes))
    return [*takes, *takes[-1:] * more][: len(arguments)]


def _written(text: str, function: Function, parameter: Parameter, argument: Term) -> str:
    constant = argument.constant
    if isinstance(constant, float) and constant.is_integer():
        constant = str(int(constant))
    if not isinstance(constant, str):
        said = f"{function.name} needs its {parameter.name} written down, as a text"
        raise GrammarError(text, argument.offset, said)
    if parameter.type == "zone":
        check_zone(text, argument.offset, constant)
    if parameter.type == "pattern":
        _check_pattern(text, argument.offset, constant)
    if parameter.words:
        return _word(text, parameter, argument.offset, constant)
    return constant


def _word(text: str, parameter: Parameter, offset: int, written: str) -> str:
    word = written.lower()
    word = word if word in parameter.words else word.removesuffix("s")
    if word not in parameter.words:
        near = did_you_mean(word, parameter.words)
        raise GrammarError(text, offset, f"{written!r} is not a {parameter.name}; {near}")
    return word


def _check_pattern(text: str, offset: int, pattern: str) -> None:
    try:
        pl.Series([""]).str.contains(pattern)
    except pl.exceptions.PolarsError as error:
        reason = str(error).strip().splitlines()[-1]
        raise GrammarError(text, offset, f"not a regular expression: {reason}") from error
