"""Writes a declaration as the YAML that a person would have written."""

from typing import Any

import yaml

from keel.spec.system import System

_HEAD = """\
# What this system learns from and what it must promise. Edit it and run `keel run` on this folder.
"""


def write_system(system: System) -> str:
    """YAML that `load_system` reads back as the same system; defaults are left out."""
    data = system.model_dump(mode="json", exclude_defaults=True)
    return _HEAD + yaml.dump(
        data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100, indent=2
    )


class _Dumper(yaml.SafeDumper):
    """Short lists and mappings of plain values on one line, the rest in blocks."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002
        return super().increase_indent(flow, False)


def _flow(dumper: yaml.SafeDumper, data: Any) -> yaml.Node:
    values = list(data.values()) if isinstance(data, dict) else list(data)
    plain = all(not isinstance(value, dict | list | tuple) for value in values)
    short = sum(len(str(value)) for value in values) < 80
    flow = plain and short and not _is_prose(values)
    if isinstance(data, dict):
        return dumper.represent_mapping("tag:yaml.org,2002:map", data.items(), flow_style=flow)
    return dumper.represent_sequence("tag:yaml.org,2002:seq", data, flow_style=flow)


def _is_prose(values: list[Any]) -> bool:
    return any(isinstance(value, str) and " " in value for value in values)


_Dumper.add_representer(dict, _flow)
_Dumper.add_representer(list, _flow)
_Dumper.add_representer(tuple, _flow)
