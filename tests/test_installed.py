"""What an installed program needs beside its code is named in ``pyproject.toml``, and lies where it is looked for."""

import tomllib
from importlib import import_module
from pathlib import Path

import pytest

from plro_core import shipped

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def test_the_program_starts_at_a_function_that_exists() -> None:
    module, _, name = PROJECT["project"]["scripts"]["plro"].partition(":")
    assert callable(getattr(import_module(module), name))


@pytest.mark.parametrize(("folder", "home"), [("_shipped", shipped.SHIPPED), ("_fonts", shipped.FONTS)])
def test_the_wheel_takes_along_what_the_program_reads(folder: str, home: Path) -> None:
    taken = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    (source,) = [source for source, target in taken.items() if target == f"plro_core/{folder}"]
    assert (ROOT / source).resolve() == home
    assert any(home.iterdir())


def test_an_installed_package_looks_inside_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shipped, "_PACKAGE", tmp_path)
    assert shipped._home("_shipped", "data") == tmp_path.parent / "data"
    (tmp_path / "_shipped").mkdir()
    assert shipped._home("_shipped", "data") == tmp_path / "_shipped"
