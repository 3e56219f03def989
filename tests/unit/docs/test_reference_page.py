"""The reference page is what the code says."""

import importlib.util
from pathlib import Path
from types import ModuleType

from keel.about import VERSION

ROOT = Path(__file__).parents[3]


def generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("reference", ROOT / "scripts" / "reference.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_reference_is_current():
    page = generator().render()
    told = "run: python scripts/reference.py"
    assert (ROOT / "docs" / "reference.md").read_text() == page, told


def test_every_function_is_in_the_guide_to_features():
    page = generator().render_guide()
    told = "run: python scripts/reference.py"
    assert (ROOT / "docs" / "guide" / "features.md").read_text() == page, told


def test_every_setting_that_is_read_is_documented():
    read = (ROOT / "src" / "keel" / "settings.py").read_text()
    names = {word for word in read.replace('"', " ").split() if word.startswith("KEEL_")}
    assert {name.strip(",()") for name in names if name != "KEEL_*`,"} <= set(generator().SETTINGS)


def test_the_version_is_said_once():
    assert f'version = "{VERSION}"' in (ROOT / "pyproject.toml").read_text()
