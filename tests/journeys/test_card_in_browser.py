"""The card in a real browser: nothing fails, nothing sticks out, and it works without scripts.

Its policy forbids every fetch, and a browser reports a forbidden one on the console: a silent
console also means that nothing was asked of the network.
"""

import importlib.util
import re
import shutil
import subprocess
from collections.abc import Callable
from html import unescape
from pathlib import Path

import pytest

from keel.evaluate.card.content import CardContent
from keel.evaluate.card.write import write_card

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
BROWSER = next((path for path in map(shutil.which, NAMES) if path), None)
pytestmark = pytest.mark.skipif(BROWSER is None, reason=f"no browser: install one of {NAMES}")

QUIET = (
    "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--hide-scrollbars",
    "--enable-logging=stderr", "--v=0", "--virtual-time-budget=3000",
)  # fmt: skip

PROBE = """<!doctype html><title>probe</title><body>
<iframe id="card" src="card.html" style="border:0;width:{width}px;height:900px"></iframe>
<pre id="found"></pre>
<script>
document.getElementById("card").onload = (event) => {{
  const page = event.target.contentDocument;
  const root = page.documentElement;
  const button = page.querySelector("table.figures thead button");
  button.click();
  const names = [...page.querySelectorAll("table.figures tbody th")].map((cell) => cell.innerText);
  document.getElementById("found").textContent = JSON.stringify({{
    wide: root.scrollWidth, first: names[0], sorted: page.querySelectorAll("[aria-sort]").length,
  }});
}};
</script>"""


def _example(name: str) -> CardContent:
    path = Path(__file__).parents[1] / "unit" / "evaluate" / "card_example.py"
    spec = importlib.util.spec_from_file_location("card_example_in_browser", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    make: Callable[[], CardContent] = getattr(module, name)
    return make()


def _open(page: Path, profile: Path, *options: str) -> tuple[str, list[str]]:
    """The DOM after loading, and what the page wrote to its console."""
    assert BROWSER is not None
    done = subprocess.run(
        [BROWSER, *QUIET, f"--user-data-dir={profile}", *options, "--dump-dom", page.as_uri()],
        capture_output=True,
        text=True,
        timeout=90,
        check=True,
    )
    return done.stdout, [line for line in done.stderr.splitlines() if "CONSOLE" in line]


@pytest.mark.parametrize("name", ["classify_card", "regress_card", "hostile_card"])
def test_a_card_loads_without_a_word_on_the_console(name: str, tmp_path: Path) -> None:
    write_card(_example(name), tmp_path)
    dom, console = _open(tmp_path / "card.html", tmp_path / "profile")
    assert console == []
    assert dom.count("<section") >= 8
    assert dom.count("<svg") > 10
    assert "<thead><tr><th><button" in dom.replace('scope="col"', "")
    assert dom.count("<script>") == 1


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("name", ["classify_card", "hostile_card"])
def test_a_card_fits_its_window_and_sorts(name: str, width: int, tmp_path: Path) -> None:
    write_card(_example(name), tmp_path)
    probe = tmp_path / "probe.html"
    probe.write_text(PROBE.format(width=width))
    # Two files of one folder count as strangers unless the browser is told otherwise.
    dom, _ = _open(probe, tmp_path / "profile", "--allow-file-access-from-files")
    found = re.search(r'<pre id="found">(.*?)</pre>', dom, re.DOTALL)
    assert found
    facts = unescape(found[1])
    assert f'"wide":{width},' in facts
    assert '"sorted":1' in facts


def test_a_card_is_whole_without_scripts(tmp_path: Path) -> None:
    write_card(_example("classify_card"), tmp_path)
    whole = (tmp_path / "card.html").read_text()
    without = tmp_path / "without.html"
    without.write_text(re.sub(r"<script>.*?</script>", "", whole, flags=re.DOTALL))
    dom, console = _open(without, tmp_path / "profile")
    assert console == []
    assert "<button" not in dom
    assert dom.count("<section") == whole.count("<section")
