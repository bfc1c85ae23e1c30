"""Who may import whom: the core's floors, no Streamlit below the pages, no files and no engine above the core."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import plro_core

ROOT = Path(__file__).resolve().parent.parent

#: Module or package of the core -> its floor; it may import lower floors only. A new module gets its floor here.
FLOORS = {
    "__version__": 0,
    "archives": 0,
    "problems": -1,
    "text": -1,
    "keys": -1,
    "progress": 0,
    "durable": 0,
    "answering": -2,
    "plain_files": -1,
    "sealed": 1,
    "signing": 1,
    "upkeep": 6,
    "pace": -1,
    "output": 1,
    "strict": 0,
    "confined": 1,
    "unpacking": 2,
    "links": 0,
    "shipped": 0,
    "journal": 2,
    "vocabulary": 1,
    "variables": 2,
    "schema": 2,
    "series": 0,
    "series.documents": 2,
    "series.literature": 3,
    "store": 3,
    "series.transcription": 3,
    "access": 4,
    "synthetic": 4,
    "cohort_words": 2,
    "cohort": 3,
    "changes": 4,
    "intake": 4,
    "series.folder": 5,
    "counts": 4,
    "lookups": 5,
    "marks": 6,
    "views": 5,
    "exact": 6,
    "statistics": 5,
    "statements": 6,
    "confounding": 6,
    "tables": 7,
    "series.claims": 8,
    "compare": 8,
    "pain_control": 8,
    "patterns": 8,
    "figures": 9,
    "findings": 7,
    "headlines": 9,
    "origins": 9,
    "drafts": 9,
    "manuscript": 9,
    "export": 10,
    "verify": 12,
    "report": 13,
    "leaving": 9,
    "preview": 10,
    "quality": 10,
    "dictionary": 11,
    "bundle": 12,
    "deposit": 13,
    "handover": 13,
    "declaring": 14,
    "results": 11,
    "shared": 11,
    "cli": 14,
    "__main__": 15,
    "library": 16,
}

#: Packages whose rooms stand on floors of their own: the store needs documents, and claims need the store.
SEVERAL_FLOORS = {"series"}

#: Room of the pages -> its floor; a page itself stands above them all, and imports no other page.
PAGE_FLOORS = {"shared": 0, "live": 1, "parts": 2, "server": 2}

#: The server loads libraries before the first visitor comes; it asks them nothing.
WARMED_UP = {"pages/server/server.py": {"duckdb", "pyarrow"}}

#: Live rooms that several processes share are no registry.
NO_REGISTRY = {"pages/live/shared.py": {"sqlite3"}}

#: An image needs a browser, so its library is loaded only when an image is asked for.
ASKED_LATE = {"plro_core/export/drawing.py": {"kaleido"}}

#: What the package itself names: the library, which is loaded when it is asked for.
LIBRARY = {f"plro_core.{'' if name == 'exact' else 'library.'}{name}" for name in plro_core.__all__}

CORE = sorted((ROOT / "plro_core").rglob("*.py"))
ROOMS = [ROOT / "app.py", *sorted((ROOT / "pages").rglob("*.py"))]


def imports(path: Path) -> Iterator[str]:
    """Full names of what a file imports, wherever in the file: ``plro_core.store.open_registry``."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name}: a relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def room(name: str) -> str:
    """The module or package of the core that a full name belongs to; of a package of several floors, its room."""
    return ".".join(name.split(".")[1 : 3 if name.split(".")[1] in SEVERAL_FLOORS else 2])


def of_core(path: Path) -> str:
    """The module or package of the core that a file belongs to; of a package of several floors, its room."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return room(".".join(parts).removesuffix(".__init__"))


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", CORE, ids=name_of)
def test_each_floor_imports_lower_floors_only(path: Path) -> None:
    if path.parent.name == "plro_core" and path.name == "__init__.py":
        assert {name for name in imports(path) if name.startswith("plro_core")} == LIBRARY  # for type checkers alone
        return
    own = of_core(path)
    assert own in FLOORS, f"give plro_core/{own} a floor in tests/test_layers.py"
    used = {room(name) for name in imports(path) if name.startswith("plro_core.")} - {own}
    assert {name for name in used if FLOORS[name] >= FLOORS[own]} == set()


@pytest.mark.parametrize("path", CORE, ids=name_of)
def test_the_core_knows_no_page_and_no_oracle(path: Path) -> None:
    roots = {name.split(".")[0] for name in imports(path)} - ASKED_LATE.get(name_of(path), set())
    assert not roots & {"app", "kaleido", "matplotlib", "pages", "scipy", "streamlit", "tests"}


@pytest.mark.parametrize("path", ROOMS, ids=name_of)
def test_a_page_asks_the_core_and_opens_no_registry_file(path: Path) -> None:
    allowed = WARMED_UP.get(name_of(path), set()) | NO_REGISTRY.get(name_of(path), set())
    roots = {name.split(".")[0] for name in imports(path)} - allowed
    assert not roots & {"duckdb", "kaleido", "matplotlib", "pickle", "pyarrow", "scipy", "sqlite3", "tests"}
    words = [
        node.value
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
    assert [word for word in words if word in ("CURRENT", "manifest.json", "versions")] == []
    assert [word for word in words if "read_parquet" in word or ("SELECT " in word and not allowed)] == []


@pytest.mark.parametrize("path", sorted((ROOT / "pages").rglob("*.py")), ids=name_of)
def test_each_room_of_the_pages_imports_lower_rooms_only(path: Path) -> None:
    own, *inner = path.relative_to(ROOT / "pages").parts
    used = {room(name) for name in imports(path) if name.startswith("pages.")}
    if not inner:
        assert used - {"shared", "live", "parts"} == set()
        return
    assert own in PAGE_FLOORS, f"give pages/{own} a floor in tests/test_layers.py"
    assert {name for name in used - {own} if PAGE_FLOORS.get(name, 3) >= PAGE_FLOORS[own]} == set()


def test_the_session_asks_no_analysis_what_its_pages_may_be_told() -> None:
    used = {room(name) for name in imports(ROOT / "pages" / "shared" / "session.py") if name.startswith("plro_core.")}
    assert not used & {"series.claims", "compare", "pain_control", "patterns", "tables"}


def test_only_the_store_opens_the_engine() -> None:
    assert {of_core(path) for path in CORE if "duckdb" in set(imports(path))} == {"store"}


@pytest.mark.parametrize(
    ("name", "one"),
    [("fcntl", "durable"), ("fsync", "durable"), ("tomllib", "strict"), ("object_pairs_hook", "strict")],
)
def test_one_module_alone_locks_syncs_and_reads_what_nobody_vouches_for(name: str, one: str) -> None:
    assert {of_core(path) for path in CORE if re.search(rf"\b{name}\b", path.read_text(encoding="utf-8"))} == {one}


def test_only_the_command_line_still_crosses_the_bridge_to_the_former_names() -> None:
    allowed = {"command_line", "registry_commands"}
    files = [*CORE, *ROOMS, *sorted((ROOT / "tests").glob("*.py"))]
    crossing = {path for path in files if any(name.startswith("plro_core.variables") for name in imports(path))}
    assert {path.stem for path in crossing} <= allowed


def test_json_is_read_by_the_strict_reader_alone() -> None:
    reading = re.compile(r"\bjson\.loads?\b|\bJSONDecoder\b")
    assert {of_core(path) for path in CORE if reading.search(path.read_text(encoding="utf-8"))} == {"strict"}


def test_importing_the_whole_core_loads_neither_streamlit_nor_a_test_tool() -> None:
    modules = [
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for path in CORE
        if path.name != "__main__.py"
    ]
    loaded = (
        f"import importlib, sys; [importlib.import_module(name) for name in {modules!r}]; "
        "print(*sorted({name.split('.')[0] for name in sys.modules}))"
    )
    told = subprocess.run(
        [sys.executable, "-c", loaded], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    )
    roots = set(told.stdout.split())
    assert "plro_core" in roots
    assert not roots & {
        "streamlit",
        "scipy",
        "kaleido",
        "matplotlib",
        "hypothesis",
        "pytest",
        "playwright",
        "distributed",
    }
