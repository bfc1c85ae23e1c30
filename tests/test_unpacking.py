"""Archives as their own process reads them: what is a table, what is for people, and what refuses the whole."""

from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

import pytest

from plro_core import unpacking
from plro_core.problems import DataProblem


def archive(**files: bytes) -> bytes:
    """An archive of files whose names are spelt with ``__`` for ``.`` and ``_in_`` for a folder."""
    written = BytesIO()
    with ZipFile(written, "w", ZIP_DEFLATED) as made:
        for name, content in files.items():
            made.writestr(name.replace("__", ".").replace("_in_", "/"), content)
    return written.getvalue()


def test_tables_come_without_their_folders_and_what_is_for_people_is_named() -> None:
    content = archive(
        export_in_visits__csv=b"case_id\n1\n", README__md=b"read me", mapping__json=b"{}", Thumbs__db=b"x"
    )
    (names, left_out), files = unpacking.answer(None, [content])
    assert (names, left_out) == (["visits.csv", "mapping.json"], ["README.md"])
    assert files == [b"case_id\n1\n", b"{}"]


def test_an_empty_folder_is_no_file() -> None:
    written = BytesIO()
    with ZipFile(written, "w") as made:
        made.mkdir("export")
        made.writestr("export/cases.csv", b"case_id\n1\n")
    assert unpacking.answer(None, [written.getvalue()])[0] == [["cases.csv"], []]


def test_a_bundle_is_only_recognised() -> None:
    assert unpacking.answer(None, [archive(manifest__json=b"{}", checksums__txt=b"", cases__parquet=b"")]) == (None, [])


def damaged_within() -> bytes:
    """An archive whose one table is not what its checksum says."""
    content = bytearray(archive(cases__csv=b"case_id,age\n" + b"1,30\n" * 50))
    content[45] ^= 0xFF
    return bytes(content)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"PK\x03\x04 and no more", "the archive is damaged or cut short"),
        (archive(**{f"visits_{number}__csv": b"" for number in range(51)}), "holds too much; expected 50 files"),
        (archive(visits__csv=b"0" * 50_000_001), "holds too much; expected 50 files and 50 MB at most"),
        (archive(cases__csv=b"", tool__exe=b""), "holds tool.exe, which is no table"),
        (damaged_within(), "cases.csv in the archive cannot be unpacked"),
        (archive(a_in_cases__csv=b"1", b_in_cases__csv=b"2"), "two files called cases.csv"),
        (archive(readme__txt=b"no data"), "the archive holds no table"),
    ],
)
def test_what_cannot_be_taken_whole_is_refused_in_one_sentence(content: bytes, says: str) -> None:
    with pytest.raises(DataProblem, match=says):
        unpacking.answer(None, [content])


@pytest.mark.parametrize("told", [([1], []), (["cases.csv"], [2])])
def test_what_the_process_says_is_not_believed(told: tuple[list[object], list[object]]) -> None:
    with pytest.raises(TypeError):
        unpacking._taken(told, [b""])
