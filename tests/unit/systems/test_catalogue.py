"""A reference system becomes a folder that can be run."""

from pathlib import Path

import pytest

from keel.errors import DeclarationError, EnvironmentFailure, InputError, NotFound, TableError
from keel.spec.load import load_system
from keel.systems import download
from keel.systems.catalogue import copy


def test_a_copied_system_has_its_name_its_readme_and_its_tables(tmp_path: Path) -> None:
    into = tmp_path / "mine"
    declaration, readme, table = copy("mine", "fraud", into)
    system = load_system(declaration.read_text())
    assert system.system == "mine"
    assert (into / system.table.table).samefile(table)
    assert readme.read_text().startswith("# fraud")
    assert not list(into.rglob("*.half"))


def test_a_declaration_that_is_there_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "keel.yaml").write_text("system: mine\n")
    with pytest.raises(InputError, match=r"is there already: run it with `keel run"):
        copy("mine", "fraud", tmp_path)
    assert (tmp_path / "keel.yaml").read_text() == "system: mine\n"


def test_a_name_that_no_system_can_have_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DeclarationError, match="'My System' cannot name a system"):
        copy("My System", "fraud", tmp_path / "x")
    assert not (tmp_path / "x").exists()


def test_an_unknown_reference_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="no reference system 'frod'"):
        copy("mine", "frod", tmp_path / "x")


def test_data_that_is_something_else_leaves_nothing_behind(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.csv"
    wrong.write_text("a,b\n1,2\n")
    for like in ("fraud", "credit", "credit/adult", "churn", "spam"):
        with pytest.raises(TableError):
            copy("mine", like, tmp_path / "x", data=wrong)
        assert not (tmp_path / "x").exists()


def test_without_a_network_nothing_is_left_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def offline(*_: object, **__: object) -> None:
        raise OSError(101, "Network is unreachable")

    monkeypatch.setattr(download.urllib.request, "urlopen", offline)
    for like in ("credit", "credit/adult", "churn", "spam", "spam/mail"):
        with pytest.raises(EnvironmentFailure, match=r"cannot download https://.*--data PATH"):
            copy("mine", like, tmp_path / "x")
        assert not (tmp_path / "x").exists()
