import pytest

from keel.errors import EnvironmentFailure
from keel.export import requirements
from keel.export.requirements import LEARNING, pin_requirements


def names(pins: tuple[str, ...]) -> set[str]:
    return {pin.split("==")[0] for pin in pins}


def test_what_is_required_is_pinned_with_all_that_it_requires() -> None:
    found = names(pin_requirements(without=()))
    assert {"starlette", "anyio", "idna", "scikit-learn", "joblib"} <= found


def test_what_is_left_out_takes_with_it_what_only_it_needs() -> None:
    found = names(pin_requirements(without=LEARNING))
    assert not found & {"scikit-learn", "joblib", "threadpoolctl", "lightgbm"}
    assert "numpy" in found


def test_without_an_installation_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(requirements, "PACKAGE", "keel-ml-of-a-folder")
    with pytest.raises(EnvironmentFailure, match="pip install it"):
        pin_requirements(without=())
