"""What one changed bit does: ``python -m tests.tools.flips [FOLDER] [--most N]``, the folder of a registry, which stays as it is.

Each byte of each file (of a long file N places, evenly spread) gets one of its bits turned in a copy, and the copy is
verified as ``verify-registry`` does. A flip is silent if that finds no fault. Without FOLDER a small registry is made that
has every kind of file. Exits 1 if a flip was silent.
"""

import argparse
import random
import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from plro_core import journal, store, synthetic, upkeep
from plro_core.cohort import EVERYONE
from plro_core.intake.kept import keep_mapping
from plro_core.intake.redcap.writer import own_mapping
from plro_core.views import SavedView, save_view
from plro_core.vocabulary import FILE, words_of

_DECLARED = (
    'months = [0, 1, 3, 6, 12]\n\n[range.calcium]\nlow = 8.5\nhigh = 10.5\nunit = "mg/dL"\nsource = "our laboratory"\n'
)


@dataclass(frozen=True)
class Flips:
    """How many bits of a file were turned, and at which places nobody noticed."""

    name: str
    tried: int
    silent: tuple[int, ...]


def flips(folder: Path, most: int, chance: random.Random) -> Iterator[Flips]:
    """Turn bits in every file of a registry, one after another; the folder is as before when it is done."""
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        content = path.read_bytes()
        places = range(0, len(content), max(1, -(-len(content) // most)))
        silent = [at for at in places if not _is_noticed(folder, path, content, at, chance)]
        yield Flips(str(path.relative_to(folder)), len(places), tuple(silent))


def _is_noticed(folder: Path, path: Path, content: bytes, at: int, chance: random.Random) -> bool:
    changed = bytearray(content)
    changed[at] ^= 1 << chance.randrange(8)
    path.write_bytes(changed)
    try:
        return bool(upkeep.verify_registry(folder).faults)
    finally:
        path.write_bytes(content)


def every_kind_of_file(folder: Path) -> None:
    """A registry with versions, a draft, a discarded one, views, a mapping, declarations, shards, and a journal."""
    folder.mkdir()
    (folder / FILE).write_text(_DECLARED, encoding="utf-8")
    words = words_of(folder)
    for number, version in enumerate(("a", "b", "c", "d"), 1):
        about = synthetic.about(number, 1, "paper") | {"version": version, "author": "Ada", "note": "made up"}
        parent = store.published_version(folder)
        store.draft(synthetic.synthetic_tables(number, 1), about, folder, words, parent)
        if version in "ab":
            store.release(folder, version, "Ada", "looks well")
    store.discard(folder, "c", "Ada", "no longer needed")
    journal.record(folder, "export", who="Bea", version="b", detail={"form": "registry"})
    save_view(folder, SavedView.now("All", "Everybody", "overview", EVERYONE, [], "b", "Say hello"))
    keep_mapping(folder, "clinic", own_mapping(words))
    store.write_shards(folder, "b", 2)
    store.accept(folder, "Ada", "looked through")


def main() -> int:
    """Print how many flips were silent, file by file and in all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path)
    parser.add_argument("--most", type=int, default=100_000, help="places of a file (otherwise every byte)")
    parser.add_argument("--seed", type=int, default=1)
    told = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        copy = Path(made) / "registry"
        if told.folder:
            shutil.copytree(told.folder, copy)
        else:
            every_kind_of_file(copy)
        if before := upkeep.verify_registry(copy).faults:
            print(f"This registry is not whole to begin with: {before[0]}")
            return 1
        found = []
        for one in flips(copy, told.most, random.Random(told.seed)):
            print(f"{one.name}: {one.tried} flips, {len(one.silent)} silent", flush=True)
            found.append(one)
    silent = sum(len(one.silent) for one in found)
    print(f"{sum(one.tried for one in found)} flips in {len(found)} files, silent = {silent}")
    return 1 if silent else 0


if __name__ == "__main__":
    sys.exit(main())
