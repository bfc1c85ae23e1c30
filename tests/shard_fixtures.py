"""Registries in shards, for the tests that count or spoil them."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from plro_core.store import Registry, open_registry
from tests.dask_tools import in_shards
from tests.oracle import synthetic_tables


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    """Twenty patients in three shards; nobody changes them."""
    opened = in_shards(synthetic_tables(5, 20), tmp_path_factory.mktemp("made") / "registry")
    yield opened
    opened.close()


@pytest.fixture
def copied(made: Registry, tmp_path: Path) -> Iterator[Registry]:
    """The same, to be spoilt."""
    shutil.copytree(made.folder, tmp_path / "registry")
    opened = open_registry(tmp_path / "registry")
    yield opened
    opened.close()
