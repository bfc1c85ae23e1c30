"""What it costs to bring data in: all patients at once, and ten changed visits into them."""

import csv
import hashlib
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from io import BytesIO, StringIO
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq

from plro_core import handover, intake
from plro_core.handover import VersionMetadata
from plro_core.intake import File
from plro_core.intake.gates import MOST_BYTES
from plro_core.store import Registry, open_registry
from plro_core.store.publishing import writer
from plro_core.vocabulary import STANDARD
from tests.bench import measuring, registries
from tests.bench.model import OURS, Taken

_BY = VersionMetadata("bench", "bench", "Made-up patients", "made up", synthetic=True)
_TEN = 10


def files(patients: int) -> dict[str, bytes]:
    """The tables of a registry as CSV files, as a team would hand them over: what is too long for one file in several."""
    tables = {name: table for name, table in registries.tables_of(patients).items() if name in STANDARD.clinical}
    texts = intake.template_files(STANDARD, tables)
    found: dict[str, bytes] = {}
    for name, content in texts.items():
        if (stem := Path(name).stem) in tables:
            parts = list(_parts(content, MOST_BYTES["csv"]))
            found |= (
                {f"{stem}-{number}.csv": part for number, part in enumerate(parts, 1)} if parts[1:] else {name: content}
            )
    return found


def _parts(content: bytes, most: int) -> Iterator[bytes]:
    """A text in parts of at most so many bytes, each of whole lines below the same head."""
    head, _, rest = content.partition(b"\n")
    while len(rest) > (room := most - len(head) - 1):
        end = rest.rindex(b"\n", 0, room) + 1
        yield head + b"\n" + rest[:end]
        rest = rest[end:]
    yield head + b"\n" + rest


def all_patients(patients: int) -> Taken:
    """Read, check, preview and publish all patients into an empty registry."""
    given = files(patients)
    measuring.settle()
    with tempfile.TemporaryDirectory() as home:
        folder = Path(home) / "registry"
        folder.mkdir()
        taken = measuring.milliseconds(lambda: bring_in(folder, given))
        opened = open_registry(folder)
        assert opened.patients == patients
        opened.close()
    return Taken({OURS: taken})


def ten_visits(patients: int) -> Taken:
    """The same with ten changed visits, into the registry that holds all of them."""
    with tempfile.TemporaryDirectory() as home:
        folder = Path(home) / "registry"
        shutil.copytree(imported(patients), folder)
        base = open_registry(folder)
        given = {"visits.csv": _changed(registries.opened(patients).records(f"FROM visits ORDER BY ALL LIMIT {_TEN}"))}
        measuring.settle()
        taken = measuring.milliseconds(lambda: _publish(folder, given, base))
        changed = open_registry(folder)
        assert changed.visits == base.visits
        assert changed.content != base.content
    return Taken({OURS: taken})


def rewriting(patients: int) -> Taken:
    """Read the two files of a version that ten changed visits change, write them as they are, and take their checksums."""
    home = registries.version_in(imported(patients))
    places = [home / f"{name}.parquet" for name in ("visits", "provenance")]
    measuring.settle()
    return Taken({"bare rewriting": measuring.median_of(3, lambda _: [_rewritten(place) for place in places])})


def _rewritten(place: Path) -> str:
    table = pq.read_table(place, page_checksum_verification=True)
    content = BytesIO()
    with writer(content, table.schema) as file:
        file.write_table(table)
    return hashlib.sha256(content.getbuffer()).hexdigest()


def with_pandas(patients: int) -> Taken:
    """pandas reads the same text and checks nothing."""
    given = files(patients)
    measuring.settle()
    return Taken(
        {
            "pandas reads": measuring.median_of(
                3, lambda _: [pd.read_csv(BytesIO(content)) for content in given.values()], warm=False
            )
        }
    )


def imported(patients: int) -> Path:
    """A registry into which all patients were imported; kept for the next time."""
    folder = registries.CACHE / f"imported-{patients}"
    if not (folder / "CURRENT").exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        bring_in(folder, files(patients))
    return folder


def bring_in(folder: Path, given: Mapping[str, bytes]) -> None:
    """All steps that files go through on their way to a published version of an empty registry."""
    _publish(folder, given, None)


def _publish(folder: Path, given: Mapping[str, bytes], base: Registry | None) -> None:
    words = handover.words_for(folder)
    handed = handover.told_apart([File(name, content) for name, content in given.items()], words)
    read = handover.read_handed(handed, base, base is None, {}, None, words)
    prepared = handover.prepare(read, base, words)
    if prepared is None:
        raise RuntimeError(read.errors[0].sentence)
    handover.store_version(folder, prepared, _BY, publish=True)


def _changed(visits: list[dict[str, object]]) -> bytes:
    """Visits as a CSV file, each with another pain score."""
    text = StringIO()
    writer = csv.DictWriter(text, list(visits[0]), lineterminator="\n")
    writer.writeheader()
    for visit in visits:
        vas = visit["vas"]
        writer.writerow(visit | {"vas": 5 if vas is None or vas != 5 else 6})
    return text.getvalue().encode()
