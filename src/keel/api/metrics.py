"""What a server counts, as Prometheus reads it.

Source: https://prometheus.io/docs/instrumenting/exposition_formats/, text format 0.0.4.
"""

from collections.abc import Iterable, Iterator, Mapping

from keel.serve.board import Labels, Numbers
from keel.serve.meters import (
    ANSWERS,
    CPU,
    DROPPED,
    EDGES_US,
    ERRORS,
    IN_WORK,
    MEMORY,
    NOT_SHADOWED,
    REJECTED,
    REQUESTS,
    WAITING,
    WRITTEN,
)
from keel.serve.standing import Standing
from keel.train.export.exported import MODEL

PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8"

_FAMILIES: Mapping[str, tuple[str, str, str, float]] = {
    ANSWERS: ("keel_answer_seconds", "histogram", "From a request to its answer", 1e-6),
    ERRORS: ("keel_answer_errors_total", "counter", "Answers that failed", 1),
    REQUESTS: ("keel_http_requests_total", "counter", "Requests that were responded to", 1),
    REJECTED: ("keel_rejected_requests_total", "counter", "Requests told to come back", 1),
    IN_WORK: ("keel_requests_in_work", "gauge", "Requests that threads work at or wait for", 1),
    WAITING: ("keel_answer_log_waiting", "gauge", "Answers that are not written yet", 1),
    WRITTEN: ("keel_answer_log_written_total", "counter", "Answers in the log", 1),
    DROPPED: ("keel_answer_log_dropped_total", "counter", "Answers that are not in the log", 1),
    NOT_SHADOWED: ("keel_shadow_dropped_total", "counter", "Requests not asked in shadow", 1),
    CPU: ("keel_process_cpu_seconds_total", "counter", "Time of processors", 1e-6),
    MEMORY: ("keel_process_resident_memory_bytes", "gauge", "Memory in use", 1),
}
"""By the name on a board: the name, the type, what it is, and the unit of a cell."""


def render_metrics(
    numbers: Iterable[Numbers], standings: Iterable[Standing], trouble: str | None = None
) -> str:
    """All numbers, summed over processes; those of a dead process are counted on, and what it
    measured is gone. trouble: why the routing is not fresh, if it is not."""
    sums: dict[str, dict[Labels, list[int]]] = {name: {} for name in _FAMILIES}
    for one in numbers:
        family = sums.get(one.name)
        if family is not None and (one.alive or _FAMILIES[one.name][1] != "gauge"):
            known = family.get(one.labels, [0] * len(one.cells))
            family[one.labels] = [a + b for a, b in zip(known, one.cells, strict=True)]
    lines: list[str] = []
    for board_name, family in sums.items():
        name, kind, meaning, unit = _FAMILIES[board_name]
        lines += _head(name, kind, meaning)
        for labels, cells in sorted(family.items()):
            if kind == "histogram":
                lines += _histogram(name, labels, cells, unit)
            else:
                lines.append(f"{name}{_braces(labels)} {_number(cells[0] * unit)}")
    lines += _head("keel_routing_trouble", "gauge", "Whether the database cannot be asked")
    lines.append(f"keel_routing_trouble {int(trouble is not None)}")
    lines += _models(standings)
    return "\n".join(lines) + "\n"


def _head(name: str, kind: str, meaning: str) -> tuple[str, str]:
    return f"# HELP {name} {meaning}", f"# TYPE {name} {kind}"


def _histogram(name: str, labels: Labels, cells: list[int], unit: float) -> Iterator[str]:
    count = 0
    edges = [*(_number(edge * unit) for edge in EDGES_US), "+Inf"]
    for edge, cell in zip(edges, cells[:-1], strict=True):
        count += cell
        yield f"{name}_bucket{_braces((*labels, ('le', edge)))} {count}"
    yield f"{name}_sum{_braces(labels)} {_number(cells[-1] * unit)}"
    yield f"{name}_count{_braces(labels)} {count}"


def _models(standings: Iterable[Standing]) -> Iterator[str]:
    standings = list(standings)
    yield from _head("keel_ready", "gauge", "Whether a system with a champion answers")
    for standing in standings:
        if standing.routed:
            ready = int(standing.served is not None)
            yield f"keel_ready{_braces((('system', standing.system),))} {ready}"
    yield from _head("keel_problem", "gauge", "Whether what is to answer cannot be loaded")
    for standing in standings:
        if standing.routed:
            problem = int(standing.problem is not None)
            yield f"keel_problem{_braces((('system', standing.system),))} {problem}"
    yield from _head("keel_model_bytes", "gauge", "Size of the graph of a version in memory")
    for standing in standings:
        served = [choice.served for choice in standing.arms.values()]
        served += [] if standing.served is None else [standing.served]
        for one in {str(one): one for one in served}.values():
            labels = (("system", one.system), ("version", str(one.number)))
            yield f"keel_model_bytes{_braces(labels)} {(one.folder / MODEL).stat().st_size}"


def _braces(labels: Labels) -> str:
    pairs = ",".join(f'{label}="{_escaped(value)}"' for label, value in labels)
    return f"{{{pairs}}}" if pairs else ""


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _number(value: float) -> str:
    return f"{value:.10g}"
