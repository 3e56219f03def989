"""The page at `/`: what is served here, for a person."""

from collections.abc import Iterable
from html import escape
from urllib.parse import quote

from keel.api.v1 import ListedSystem

POLICY = "default-src 'none'; style-src 'unsafe-inline'"

_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Keel</title>
<style>
:root {{ color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }}
body {{ max-width: 46rem; margin: 3rem auto; padding: 0 1rem; }}
table {{ border-collapse: collapse; width: 100%; }}
th, td {{ text-align: left; padding: .4rem .8rem .4rem 0; border-bottom: 1px solid #8884; }}
pre {{ background: #8882; padding: .8rem; border-radius: .3rem; overflow-x: auto; }}
</style>
<h1>Keel</h1>
{systems}
<p><a href="/openapi.json">openapi.json</a> describes every request.</p>
</html>
"""


def index_page(systems: Iterable[ListedSystem]) -> str:
    """An HTML page with a row per system and a link to the card of what answers."""
    rows = [_row(system) for system in systems]
    if not rows:
        return _PAGE.format(
            systems="<p>No system yet: <code>keel new fraud --like fraud</code></p>"
        )
    head = "<tr><th>system</th><th>answers</th><th>task</th><th>card</th></tr>"
    return _PAGE.format(systems=f"<table>{head}{''.join(rows)}</table>")


def _row(system: ListedSystem) -> str:
    name, path = escape(system.system), quote(system.system, safe="")
    if not system.ready:
        why = escape(system.problem or "no champion yet")
        return f'<tr><td>{name}</td><td colspan="3">not ready: {why}</td></tr>'
    problem = f"<br>{escape(system.problem)}" if system.problem else ""
    cells = (
        f'<a href="/v1/{path}">{name}</a>',
        f"version {system.version}{problem}",
        escape(system.task or ""),
        f'<a href="{escape(system.card or "")}">model card</a>',
    )
    return f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"
