"""What a registry says about those who may use it: read strictly, and what each role may."""

import os
import shutil
from pathlib import Path

import pytest

from plro_core import access, handover
from plro_core.access import (
    LOCAL,
    Access,
    AccessProblem,
    Member,
    Right,
    Role,
    Visitor,
    is_public,
    parse_access,
    read_access,
)
from plro_core.intake import File
from plro_core.store import SHIPPED, open_registry
from tests.foreign_registries import one

WHOLE = """
smallest_cell = 7
two_people = true
others = "viewer"

[people]
"A.Name@clinic.example" = "publisher"
"b.name@clinic.example" = { role = "team", centre = "north" }
"""

FAULTS = {
    "smallest_cell = 1": "access.toml: “smallest_cell” is “1”; expected a whole number, 2 or more.",
    "smallest_cell = true": "access.toml: “smallest_cell” is “True”; expected a whole number, 2 or more.",
    "smallest_cell = 5.0": "access.toml: “smallest_cell” is “5.0”; expected a whole number, 2 or more.",
    'two_people = "yes"': "access.toml: “two_people” is “yes”; expected true or false.",
    'others = "everybody"': "access.toml: “others” is “everybody”; expected viewer, team, editor, publisher or admin.",
    'roles = "a"': "access.toml: “roles” is not a part of the file; expected smallest_cell, two_people, others and people.",
    'people = "a"': "access.toml: “people” is not an object; expected names with what they mean.",
    '[people]\n"a@b" = "boss"': "access.toml: “a@b” is “boss”; expected viewer, team, editor, publisher or admin.",
    '[people]\n"a@b" = 3': "access.toml: “a@b” is “3”; expected viewer, team, editor, publisher or admin.",
    '[people]\n"a@b" = { role = "Admin" }': "access.toml: “role of a@b” is “Admin”; expected viewer, team, editor, publisher or admin.",
    '[people]\n"a@b" = { centre = "x" }': "access.toml: “role” is missing from a@b.",
    '[people]\n"a@b" = { role = "team", site = "x" }': "access.toml: “site” is not a part of a@b; expected role and centre.",
    '[people]\n"a@b" = { role = "team", centre = 4 }': "access.toml: “centre of a@b” is “4”; expected a level of the variable “centre”.",
    '[people]\n"a@b" = "team"\n"A@B" = "admin"': "access.toml: “A@B” is named twice; expected everybody once, whatever the capitals.",
    '[people]\n" " = "team"': "access.toml: “people” is “ ”; expected a name in one line, as the login calls somebody.",
    "[people": "access.toml: ",
    "\xff": "access.toml: ",
}

#: What a team may bring in beside a published series: a patient, and a visit and a cell of patients who were published.
BESIDE = {
    "cases.csv": "case_id,age\n99,41\n",
    "visits.csv": "case_id,month,vas\n1,6,9\n",
    "symptoms.csv": "case_id,symptom\n1,back pain\n",
}


def test_the_whole_file_is_read() -> None:
    people = {"a.name@clinic.example": Member(Role.PUBLISHER), "b.name@clinic.example": Member(Role.TEAM, "north")}
    found = parse_access(WHOLE)
    assert found == Access(7, True, people, Role.VIEWER)
    assert found.visitor("a.NAME@Clinic.example") == Visitor(
        "a.NAME@Clinic.example", Role.PUBLISHER, None, identified=True
    )
    assert found.visitor("b.name@clinic.example").centre == "north"
    assert found.visitor("c@clinic.example").role == Role.VIEWER


def test_without_a_file_nobody_who_is_logged_in_may_anything(tmp_path: Path) -> None:
    found = read_access(tmp_path)
    assert found == Access()
    assert [right for right in Right if found.visitor("a@b").may(right)] == []


@pytest.mark.parametrize(("text", "sentence"), FAULTS.items())
def test_a_fault_is_told_by_its_part(text: str, sentence: str, tmp_path: Path) -> None:
    (tmp_path / "access.toml").write_bytes(text.encode("latin-1"))
    with pytest.raises(AccessProblem) as problem:
        read_access(tmp_path)
    assert str(problem.value).startswith(sentence)


def test_what_is_no_plain_file_is_refused_and_not_waited_for(tmp_path: Path) -> None:

    os.mkfifo(tmp_path / "access.toml")
    with pytest.raises(AccessProblem, match="plain file"):
        read_access(tmp_path)
    (tmp_path / "access.toml").unlink()
    (tmp_path / "access.toml").symlink_to(tmp_path / "gone")
    with pytest.raises(AccessProblem):
        read_access(tmp_path)


def test_the_file_holds_as_it_is_now_and_is_parsed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As long as before and changed within one tick of the clock, it is another all the same."""
    parsed: list[str | bytes] = []
    monkeypatch.setattr(access, "parse_access", lambda content: parsed.append(content) or parse_access(content))
    path = tmp_path / "access.toml"
    for _ in range(3):
        path.write_text('others = "team"\nsmallest_cell = 31\n', encoding="utf-8")
        assert read_access(tmp_path).others == Role.TEAM
    assert len(parsed) == 1
    moment = path.stat().st_mtime_ns
    path.write_text('others = "team"\nsmallest_cell = 32\n', encoding="utf-8")
    os.utime(path, ns=(moment, moment))
    assert read_access(tmp_path).k == 32
    path.write_text("smallest_cell = 1\n", encoding="utf-8")
    for _ in range(2):
        with pytest.raises(AccessProblem):
            read_access(tmp_path)


def test_each_role_may_what_those_before_it_may_and_one_thing_more() -> None:
    counts = [sum(Visitor("a", role).may(right) for right in Right) for role in (None, *Role)]
    assert counts == [0, 1, 2, 3, 4, 5]
    assert all(LOCAL.may(right) for right in Right)
    assert not LOCAL.identified


def test_only_a_version_whose_patients_were_all_published_is_public(tmp_path: Path) -> None:
    assert is_public(open_registry(SHIPPED))
    assert not is_public(open_registry(one(tmp_path / "own")))


@pytest.mark.parametrize(("file", "text"), BESIDE.items())
def test_a_version_with_a_row_that_was_not_published_is_not_public(file: str, text: str, tmp_path: Path) -> None:
    folder = tmp_path / "series"
    shutil.copytree(SHIPPED, folder)
    base, words = open_registry(folder), handover.words_for(folder)
    assert is_public(base)
    given = handover.told_apart([File(file, text.encode())], words)
    ready = handover.prepare(handover.read_handed(given, base, False, {}, None, words), base, words)
    assert ready
    handover.store_version(folder, ready, handover.VersionMetadata("Ada", "own", version="own"), publish=False)
    assert not is_public(open_registry(folder, "own"))


@pytest.mark.parametrize(
    "name", ["fran\u212a.weiss@clinic.example", "frank.wei\u00df@clinic.example", "frank.wei\u017fs@clinic.example"]
)
def test_an_address_that_only_looks_like_another_is_nobodys(name: str) -> None:
    found = parse_access('[people]\n"Frank.Weiss@clinic.example" = "admin"')
    assert found.visitor("FRANK.weiss@clinic.example").role == Role.ADMIN
    assert name.casefold() == "frank.weiss@clinic.example"
    assert found.visitor(name).role is None
