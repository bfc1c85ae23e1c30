"""A mapping as words in tables and back, and the mappings that a registry keeps."""

from pathlib import Path

import pytest

from plro_core.intake import File
from plro_core.intake.kept import FOLDER, keep_mapping, kept_mappings
from plro_core.intake.redcap import own_mapping, propose
from plro_core.intake.redcap.editing import LEFT_OUT, Project, box_choices, field_choices, mapping_of, project, words_of
from plro_core.intake.redcap.mapping import Box, MappingProblem, RedcapMapping, Value
from plro_core.store import SHIPPED
from plro_core.vocabulary import STANDARD
from tests.redcap_project import DICTIONARY, MAPPING, RAW

pytestmark = pytest.mark.usefixtures("read_here")


@pytest.fixture
def foreign() -> Project:
    found = project([File("dictionary.csv", DICTIONARY.encode()), File("records.csv", RAW.encode())], {}, STANDARD)
    assert found is not None
    return found


def agreed() -> RedcapMapping:
    return RedcapMapping.from_json(MAPPING, STANDARD)


@pytest.mark.parametrize("start", ["agreed", "proposed"])
def test_a_mapping_that_nobody_edits_comes_back_as_it_was(start: str, foreign: Project) -> None:
    mapping = agreed() if start == "agreed" else propose(foreign.export, foreign.dictionary, STANDARD)
    assert mapping_of(words_of(mapping, foreign), mapping, foreign) == mapping


def test_the_words_say_what_a_person_agreed_to(foreign: Project) -> None:
    words = words_of(agreed(), foreign)
    assert words.events["unscheduled_arm_1"] == LEFT_OUT
    assert words.events["baseline_arm_1"] == "the patient's own data and month 0"
    assert words.instruments == {"medication": "treatments", "fracture": "fractures"}
    assert (words.fields["vas"], words.fields["comments"], words.fields["surname"]) == ("visits.vas", LEFT_OUT, "")
    assert words.fields["ops___1"] == "cases.vertebroplasty = yes, else no"
    assert words.codes["smoker", "3"] == "yes"
    assert words.missing == "NI, -99"


def test_every_edit_arrives(foreign: Project) -> None:
    before = propose(foreign.export, foreign.dictionary, STANDARD)
    words = words_of(before, foreign)
    words.events["unscheduled_arm_1"] = LEFT_OUT
    words.instruments["fracture"] = "fractures"
    words.fields |= {
        "vitd": "visits.vitamin_d",
        "comments": LEFT_OUT,
        "vas": "",
        "sympt___3": "symptoms.symptom = back",
    }
    words.codes["smoker", "2"] = "no"
    words.missing = "NI, -99, NI"
    mapping = mapping_of(words, before, foreign)
    assert not mapping.events["unscheduled_arm_1"].feeds_something
    assert mapping.instruments["fracture"] == "fractures"
    assert mapping.fields["vitd"] == Value("visits", "vitamin_d")
    assert "vas" not in mapping.fields
    assert mapping.fields["sympt___3"] == Box("symptoms", {"symptom": "back"})
    assert mapping.ignored == ("comments",)
    assert mapping.missing == ("NI", "-99")
    smoker = mapping.fields["smoker"]
    assert isinstance(smoker, Value)
    assert smoker.codes == {"1": "yes", "2": "no"}


def test_without_events_a_visit_is_told_with_its_month() -> None:
    found = project([File("flat.csv", b"record_id,vas_m3,visit_complete\n1,4,2\n")], {}, STANDARD)
    assert found is not None
    choices = field_choices(found, propose(found.export, None, STANDARD))
    assert choices["visits.vas at month 3"] == Value("visits", "vas", month=3)
    assert "visits.vas" not in choices


def test_no_word_names_two_things(foreign: Project) -> None:
    mapping = agreed()
    assert not set(field_choices(foreign, mapping)) & set(box_choices(mapping))


def test_other_files_are_no_project() -> None:
    assert project([File("cases.csv", b"case_id,age\n1,30\n"), File("x.pdf", b"%PDF")], {}, STANDARD) is None


def test_a_kept_mapping_comes_back(tmp_path: Path) -> None:
    keep_mapping(tmp_path / "own", "our-clinic", agreed())
    keep_mapping(tmp_path / "own", "our-clinic", own_mapping(STANDARD))
    assert kept_mappings(tmp_path / "own", STANDARD) == ({"our-clinic": own_mapping(STANDARD)}, ())
    assert [path.name for path in (tmp_path / "own" / FOLDER).iterdir()] == ["our-clinic.json"]


@pytest.mark.parametrize("name", ["", "../x", "a/b", ".hidden", "Our clinic", "x" * 61])
def test_a_name_stays_inside_the_folder(name: str, tmp_path: Path) -> None:
    with pytest.raises(MappingProblem, match="needs a name"):
        keep_mapping(tmp_path, name, own_mapping(STANDARD))
    assert list(tmp_path.rglob("*.json")) == []


def test_the_shipped_registry_keeps_none() -> None:
    with pytest.raises(MappingProblem, match="shipped registry"):
        keep_mapping(SHIPPED, "ours", own_mapping(STANDARD))


def test_a_broken_file_is_told_and_hides_no_other(tmp_path: Path) -> None:
    keep_mapping(tmp_path, "good", own_mapping(STANDARD))
    (tmp_path / FOLDER / "bad.json").write_text("{")
    found, problems = kept_mappings(tmp_path, STANDARD)
    assert list(found) == ["good"]
    assert len(problems) == 1
    assert problems[0].startswith("mappings/bad.json: The file is not readable JSON")


def test_what_is_no_plain_file_is_told_and_not_read(tmp_path: Path) -> None:
    keep_mapping(tmp_path, "good", own_mapping(STANDARD))
    (tmp_path / FOLDER / "endless.json").symlink_to("/dev/zero")
    (tmp_path / FOLDER / "folder\n.json").mkdir()
    found, problems = kept_mappings(tmp_path, STANDARD)
    assert list(found) == ["good"]
    assert problems == (
        "mappings/endless.json: this is not a plain file.",
        "mappings/folder\ufffd.json: this is not a plain file.",
    )


def test_a_kept_mapping_is_as_readable_as_the_rest_of_the_registry(tmp_path: Path) -> None:
    keep_mapping(tmp_path, "ours", own_mapping(STANDARD))
    (tmp_path / "other").write_text("")
    assert (tmp_path / FOLDER / "ours.json").stat().st_mode == (tmp_path / "other").stat().st_mode


def test_what_a_killed_writer_left_is_swept(tmp_path: Path) -> None:
    (tmp_path / FOLDER).mkdir()
    (tmp_path / FOLDER / ".new-dead").write_text("{")
    keep_mapping(tmp_path, "ours", own_mapping(STANDARD))
    assert [path.name for path in (tmp_path / FOLDER).iterdir()] == ["ours.json"]
