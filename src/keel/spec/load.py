"""Reads a declaration from YAML; every problem of a file is reported at once, with its line."""

import re
from collections.abc import Hashable, Iterator, Mapping
from types import UnionType
from typing import Any, TypeVar, Union, get_args, get_origin

import yaml
from pydantic import BaseModel, ValidationError

from keel.errors import DeclarationError
from keel.spec.feature_set import FeatureSet
from keel.spec.nearest import did_you_mean
from keel.spec.system import System

Path = tuple[str | int, ...]
Model = TypeVar("Model", bound=BaseModel)


def load_system(text: str, file: str = "keel.yaml", name: str | None = None) -> System:
    """The system that `text` declares. `file` is only named in messages. name: for one that does
    not say its own.

    Raises DeclarationError listing file, line, value, what is allowed, and the nearest spelling.
    """
    usual = {} if name is None else {"system": name}
    return _load(text, file, System, "`system:` and `data:`", usual)


def load_feature_set(text: str, file: str) -> FeatureSet:
    """The shared features that `text` declares. Raises as `load_system` does."""
    return _load(text, file, FeatureSet, "`owner:` and `features:`")


def _load(
    text: str,
    file: str,
    model: type[Model],
    keys: str,
    usual: Mapping[str, str] | None = None,
) -> Model:
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        data = yaml.load(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        raise DeclarationError([f"{file}:{line}: not YAML: {error.problem}"]) from error
    except yaml.YAMLError as error:
        raise DeclarationError([f"{file}:1: not YAML: {error}"]) from error
    if not isinstance(data, dict):
        raise DeclarationError([f"{file}:1: expected keys such as {keys}"])
    data = {**(usual or {}), **data}
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise DeclarationError(list(_problems(error, data, node, file, model))) from error


class _Loader(yaml.SafeLoader):
    """Refuses a key given twice, which YAML otherwise answers by keeping the last.

    Only `true` and `false` are booleans, as in YAML 1.2: `positive: yes` is the text `yes`.
    """

    yaml_implicit_resolvers = {  # noqa: RUF012
        first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith(":bool")]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[object] = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise yaml.MarkedYAMLError(
                    problem="a key must be plain text", problem_mark=key.start_mark
                )
            if key.value in seen:
                raise yaml.MarkedYAMLError(
                    problem=f"the key {key.value!r} is given twice", problem_mark=key.start_mark
                )
            seen.add(key.value)
        return super().construct_mapping(node, deep)


_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:bool", re.compile(r"(?:true|false|True|False)\Z"), list("tfTF")
)


def _problems(
    error: ValidationError,
    data: Mapping[str, Any],
    node: yaml.Node | None,
    file: str,
    declared: type[BaseModel],
) -> Iterator[str]:
    """One line per wrong place: the branches of a union are told together."""
    told: dict[Path, list[str]] = {}
    for problem in error.errors():
        path = _within(problem["loc"], data)
        message = _message(problem["type"], problem["msg"], path, problem["loc"], declared)
        messages = told.setdefault(path, [])
        if message not in messages:
            messages.append(message)
    for path, messages in told.items():
        where = ".".join(str(step) for step in path)
        value = _value(path, data)
        told_value = isinstance(value, dict | list) or any(repr(value) in m for m in messages)
        shown = "" if value is None or told_value else f" {value!r}:"
        yield f"{file}:{_line(path, node)}: {where}:{shown} {' or '.join(messages)}"


def _message(kind: str, message: str, path: Path, location: Path, declared: type[BaseModel]) -> str:
    if kind == "extra_forbidden":
        allowed = sorted(_keys(path[:-1], declared))
        return f"is not a key here; {did_you_mean(str(path[-1]), allowed)}"
    if kind == "missing":
        return f"the key {location[-1]!r} is missing"
    if kind == "value_error":
        return message.removeprefix("Value error, ")
    return message[0].lower() + message[1:]


def _within(location: Path, data: object) -> Path:
    """The part of pydantic's location that exists in the file (it also names union branches)."""
    path: list[str | int] = []
    for step in location:
        if isinstance(data, dict) and step in data:
            data = data[step]
        elif isinstance(data, list) and step in range(len(data)):
            data = data[int(step)]
        else:
            break
        path.append(step)
    return tuple(path)


def _value(path: Path, data: Any) -> object:
    for step in path:
        data = data[step]
    return data


def _line(path: Path, node: yaml.Node | None) -> int:
    line = 1
    for step in path:
        if isinstance(node, yaml.MappingNode):
            pairs = [(k, v) for k, v in node.value if k.value == str(step)]
            if not pairs:
                break
            key, node = pairs[0]
            line = key.start_mark.line + 1
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int):
            node = node.value[step]
            line = node.start_mark.line + 1
    return line


def _keys(path: Path, declared: type[BaseModel]) -> set[str]:
    """The keys that the declaration allows under `path`."""
    model: object = declared
    for step in path:
        if isinstance(model, type) and issubclass(model, BaseModel):
            field = model.model_fields.get(str(step))
            model = None if field is None else _inner(field.annotation)
        elif get_origin(model) is dict:
            model = _inner(get_args(model)[1])
    if isinstance(model, type) and issubclass(model, BaseModel):
        return set(model.model_fields)
    return set()


def _inner(annotation: object) -> object:
    """The model or mapping inside an optional annotation."""
    if get_origin(annotation) in (Union, UnionType):
        for part in get_args(annotation):
            if part is not type(None):
                return _inner(part)
    return annotation
