"""Fixtures for tests of the core: the shipped registry, and copies of it with one file changed."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from plro_core.series.transcription import SOURCE
from plro_core.store import SHIPPED, Registry, current_version, open_registry

Change = bytes | Callable[[bytes], bytes] | None
EditRegistry = Callable[[str, Change], Path]
EditSource = Callable[[str, str, str], Path]


def change(path: Path, to: Change) -> None:
    """Overwrite a file, put it through a function, or (``None``) remove it."""
    if to is None:
        path.unlink()
    else:
        path.write_bytes(to if isinstance(to, bytes) else to(path.read_bytes()))


@pytest.fixture(scope="session")
def registry() -> Iterator[Registry]:
    """The shipped registry; nobody changes it."""
    opened = open_registry(SHIPPED)
    yield opened
    opened.close()


@pytest.fixture
def edited_registry(tmp_path: Path) -> EditRegistry:
    """Copies the shipped registry and changes one file of it: ``edited_registry("CURRENT", b"nonsense")``.

    A name without a folder that is not ``CURRENT`` is a file of the published version.
    """

    def edit(name: str, to: Change) -> Path:
        copy = tmp_path / "registry"
        if not copy.exists():
            shutil.copytree(SHIPPED, copy, ignore=shutil.ignore_patterns("source"))
        home = copy if name == "CURRENT" else copy / "versions" / current_version(SHIPPED)
        change(home / name, to)
        return copy

    return edit


@pytest.fixture
def edited_source(tmp_path: Path) -> EditSource:
    """Copies the transcription and replaces one text in one file: ``edited_source("table1.csv", "-2.9", "-2,9")``."""

    def edit(name: str, old: str, new: str) -> Path:
        copy = tmp_path / "source"
        shutil.copytree(SOURCE, copy, dirs_exist_ok=True)
        text = (copy / name).read_text(encoding="utf-8")
        assert old in text
        (copy / name).write_text(text.replace(old, new, 1), encoding="utf-8")
        return copy

    return edit
