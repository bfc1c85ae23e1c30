"""What it costs to open a registry, in time and in memory."""

from pathlib import Path

from plro_core.store import open_registry
from tests.bench import measuring, registries
from tests.bench.model import OURS, Taken

#: Beyond so many patients no provenance is made for the measurement.
MOST_WITH_PROVENANCE = 1_000_000


def opening(patients: int) -> Taken:
    """Open a registry with its provenance and learn its size and words."""
    return _opened(folder_of(patients))


def folder_of(patients: int) -> Path:
    """The registry that is opened: with provenance, except the very largest."""
    return registries.with_provenance(patients) if patients <= MOST_WITH_PROVENANCE else registries.folder(patients)


def _opened(folder: Path) -> Taken:
    open_registry().close()  # what is loaded once, with the shipped registry
    measuring.settle()

    def work(_: int) -> None:
        registry = open_registry(folder)
        assert registry.patients
        assert registry.vocabulary.months

    taken = measuring.median_of(1, work, warm=False)
    return Taken({OURS: taken})
