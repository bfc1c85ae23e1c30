"""The words of a registry changed by people: the text edited, held against the data, kept with a draft, and published."""

import tomllib
from pathlib import Path

import pytest

from plro_core import access, declaring, handover, journal, store
from plro_core.access import RightProblem
from plro_core.declaring import editing
from plro_core.handover import VersionMetadata
from plro_core.problems import RegistryProblem
from plro_core.store import Manifest, open_registry
from plro_core.vocabulary import STANDARD, Vocabulary, words_of
from tests.foreign_registries import second_series, twelve

CTX = {"name": "ctx", "label": "CTX", "table": "visits", "kind": "number", "unit": "ng/mL", "plausible": [0, 10]}
WRITTEN = """\
# visits of our clinic
months = [0, 3, 12]  # as agreed

[[variable]]  # ours
name = "p1np"
label = "P1NP"
table = "visits"
kind = "number"
plausible = [1, 1000]
"""
WHO = VersionMetadata("Ada", "new words")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return twelve(tmp_path / "own")


def proposed(folder: Path, text: str) -> declaring.Proposed:
    now = words_of(folder)
    base = open_registry(folder)
    return declaring.proposed(declaring.checked(text, now, True), now, base)


def drafted(folder: Path, text: str, publish: bool = False, who: VersionMetadata = WHO) -> Manifest:
    prepared = proposed(folder, text).prepared
    assert prepared is not None
    return handover.store_version(folder, prepared, who, publish)


def test_a_change_keeps_the_comments_and_the_order_of_the_file() -> None:
    text = editing.with_variable(editing.with_month(WRITTEN, 6), CTX)
    assert text == WRITTEN.replace("[0, 3, 12]", "[0, 3, 6, 12]") + (
        '\n[[variable]]\nname = "ctx"\nlabel = "CTX"\ntable = "visits"\nkind = "number"\nunit = "ng/mL"\nplausible = [0, 10]\n'
    )


@pytest.mark.parametrize("text", ["", WRITTEN, "\ufeffmonths = [0, 1]\n"])
def test_every_change_gives_words_that_say_so(text: str) -> None:
    breastfeeding = STANDARD.variable("breastfeeding", "cases")
    for change, holds in (
        (lambda told: editing.with_month(told, 24), lambda words: 24 in words.months),
        (lambda told: editing.with_variable(told, CTX), lambda words: words.variable("ctx").unit == "ng/mL"),
        (
            lambda told: editing.with_level(told, breastfeeding, "mixed", "mixed feeding"),
            lambda words: words.variable("breastfeeding").level_label("mixed") == "mixed feeding",
        ),
        (
            lambda told: editing.with_plausible(told, STANDARD.variable("weeks_postpartum"), -40, 104),
            lambda words: words.variable("weeks_postpartum").plausible.low == -40,
        ),
        (
            lambda told: editing.with_decimals(told, STANDARD.variable("weeks_postpartum"), 1),
            lambda words: words.variable("weeks_postpartum").decimals == 1,
        ),
        (
            lambda told: editing.with_primary_outcome(told, ""),
            lambda words: words.declared.primary_outcome == "",
        ),
        (
            lambda told: editing.with_range(told, "calcium", {"low": 8.6, "high": 10.0, "source": "kit insert"}),
            lambda words: words.variable("calcium").reference.source == "kit insert",
        ),
        (
            lambda told: editing.with_centre(told, "north", "North"),
            lambda words: [one.label for one in declaring.centres(words)] == ["North"],
        ),
        (lambda told: editing.with_use(told, "bmi"), lambda words: words.variable("bmi").unit == "kg/m2"),
        (
            lambda told: editing.with_primary_outcome(told, "calcium.24"),
            lambda words: words.declared.primary_outcome == "calcium.24",
        ),
    ):
        text = change(text)
        assert holds(declaring.checked(text, Vocabulary(), False))
    assert tomllib.loads(text)["months"][-1] == 24


def test_a_layout_that_would_be_written_otherwise_than_meant_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    dotted = editing.with_variable('widen.breastfeeding.levels.never = "n"\n', CTX)
    told = tomllib.loads(editing.with_plausible(dotted, STANDARD.variable("weeks_postpartum"), -40, 104))
    assert told["widen"]["breastfeeding"]["levels"] == {"never": "n"}
    assert told["widen"]["weeks_postpartum"]["plausible"] == [-40, 104]
    monkeypatch.setattr(editing.tomlkit, "dumps", lambda _: dotted)  # as if it could not be put into its place
    with pytest.raises(RegistryProblem, match="only a change of its text"):
        editing.with_plausible(dotted, STANDARD.variable("weeks_postpartum"), -40, 104)


def test_a_part_of_another_kind_than_its_name_says_is_refused() -> None:
    for text in ("widen = 3\n", "months = 3\n"):
        with pytest.raises(RegistryProblem, match="only a change of its text"):
            editing.with_plausible(text, STANDARD.variable("weeks_postpartum"), -40, 104) if "widen" in text else (
                editing.with_month(text, 6)
            )


def test_a_label_is_changed_in_its_place_and_only_of_what_the_registry_declares() -> None:
    assert editing.with_part(WRITTEN, "p1np", "label", "PINP") == WRITTEN.replace('"P1NP"', '"PINP"')
    with pytest.raises(RegistryProblem, match="“vas”; expected a column that this registry declares itself"):
        editing.with_part(WRITTEN, "vas", "label", "Pain")


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("12]", "twelve]", "at line 1, column"),
        ('unit = "ng/mL"', 'unit = "mmol/L"', "“p1np” now means something else"),
        ("1, 3, 6, 12]", "1, 3, 6]", "months: 12 not planned any more"),
        ('label = "P1NP"', 'label = ""', "variable 1, p1np: label"),
    ],
)
def test_what_cannot_be_declared_is_refused_in_a_sentence_that_names_the_place(
    folder: Path, old: str, new: str, says: str
) -> None:
    now = words_of(folder)
    assert old in now.declared.text
    with pytest.raises(RegistryProblem, match=says):
        declaring.checked(now.declared.text.replace(old, new), now, True)


def test_the_preview_names_each_change_and_what_it_touches(folder: Path) -> None:
    text = editing.with_month(words_of(folder).declared.text, 24)
    text = editing.with_range(text, "calcium", {"low": 8.6, "high": 10, "laboratory": "X"})
    found = {one.what: one for one in proposed(folder, text).changes}
    visits = open_registry(folder).tables["visits"]
    values = [value for value in visits["calcium"].to_pylist() if value is not None]
    outside = [sum(not low <= value <= high for value in values) for low, high in ((8.4, 10.2), (8.6, 10))]
    assert found["Month 24"].touches == "no visit yet"
    told = f"{len(values)} values of 12 patients; outside the range: {outside[0]} → {outside[1]}"
    assert found["visits.calcium, reference range"].touches == told


def test_values_that_fit_no_more_are_named_by_cell_and_refuse_the_change(folder: Path) -> None:
    text = editing.with_part(words_of(folder).declared.text, "p1np", "plausible", [1, 60])
    found = proposed(folder, text)
    visits = open_registry(folder).tables["visits"].select(["case_id", "month", "p1np"]).to_pylist()
    beyond = [f"row {row['case_id']}/{row['month']}" for row in visits if row["p1np"] is not None and row["p1np"] > 60]
    assert beyond
    assert found.prepared is None
    assert [one.row for one in found.misfits] == beyond


def test_new_words_stay_with_their_draft_until_it_is_published(folder: Path) -> None:
    before = (folder / "variables.toml").read_bytes()
    text = editing.with_month(before.decode(), 24)
    manifest = drafted(folder, editing.with_part(text, "p1np", "label", "Serum P1NP"))
    assert (folder / "variables.toml").read_bytes() == before
    assert open_registry(folder).vocabulary.months[-1] == 12
    draft = open_registry(folder, manifest.version).vocabulary
    assert (draft.months[-1], draft.variable("p1np").label) == (24, "Serum P1NP")
    assert [version for version, _ in declaring.kept_proposals(folder)] == [manifest.version]
    access.release(folder, manifest.version, "Bea", "agreed")
    assert open_registry(folder).vocabulary.variable("p1np").label == "Serum P1NP"
    assert not store.edited(folder)
    assert not store.check_registry(folder).faults
    assert not declaring.kept_proposals(folder)
    assert "Month 24: not planned → planned" in str(journal.read(folder)[-2].detail["words"])


def test_a_label_alone_is_a_draft_that_is_read_in_its_own_words(folder: Path) -> None:
    """No meaning differs, so nothing but the draft itself says in which words it is to be read."""
    text = editing.with_part(words_of(folder).declared.text, "p1np", "label", "Serum P1NP")
    manifest = drafted(folder, text)
    assert open_registry(folder).vocabulary.variable("p1np").label == "P1NP"
    assert open_registry(folder, manifest.version).vocabulary.variable("p1np").label == "Serum P1NP"


def test_a_version_without_new_words_says_nothing_of_them(folder: Path) -> None:
    registry = open_registry(folder)
    assert b"words_from" not in registry.manifest.sealed
    assert b"words_from" not in registry.manifest.json


def test_after_going_back_the_words_stay(folder: Path) -> None:
    first = open_registry(folder).version
    drafted(folder, editing.with_month(words_of(folder).declared.text, 24), publish=True)
    store.release(folder, first, "Ada", "back")
    assert open_registry(folder).vocabulary.months[-1] == 24


def test_words_that_were_changed_meanwhile_are_not_overwritten(folder: Path) -> None:
    text = words_of(folder).declared.text
    manifest = drafted(folder, editing.with_month(text, 24))
    (folder / "variables.toml").write_text(editing.with_centre(text, "east", "East"), encoding="utf-8")
    with pytest.raises(RegistryProblem, match="was changed since version"):
        store.release(folder, manifest.version, "Bea", "agreed")
    assert open_registry(folder).version != manifest.version
    with pytest.raises(RegistryProblem, match="the file was changed since"):
        drafted(folder, editing.with_month(words_of(folder).declared.text, 24))


def test_a_publishing_that_was_killed_between_words_and_pointer_can_be_done_again(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    manifest = drafted(folder, editing.with_month(words_of(folder).declared.text, 24))

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("plro_core.store.drafts.point", killed)
        with pytest.raises(KeyboardInterrupt):
            store.release(folder, manifest.version, "Bea", "agreed")
    assert open_registry(folder).patients == 12
    store.release(folder, manifest.version, "Bea", "agreed")
    assert open_registry(folder).version == manifest.version
    assert not store.check_registry(folder).faults


def test_two_people_are_wanted_for_words_as_for_data(folder: Path) -> None:
    (folder / "access.toml").write_text("two_people = true\n[people]\n", encoding="utf-8")
    text = editing.with_month(words_of(folder).declared.text, 24)
    with pytest.raises(RightProblem):
        drafted(folder, text, publish=True)
    manifest = drafted(folder, text)
    with pytest.raises(RightProblem):
        access.release(folder, manifest.version, "ada", "alone")
    assert access.release(folder, manifest.version, "Bea", "agreed").version == manifest.version


def test_the_file_as_it_is_gives_nothing_to_store_and_comments_do(tmp_path: Path) -> None:
    folder = second_series(tmp_path / "own")
    text = words_of(folder).declared.text
    assert proposed(folder, text).prepared is None
    found = proposed(folder, f"# looked at by Ada\n{text}")
    assert not found.changes
    assert found.prepared is not None


def test_an_empty_folder_begins_with_words_of_its_own(tmp_path: Path) -> None:
    folder = tmp_path / "own"
    now = words_of(folder)
    words = declaring.checked(editing.with_variable(editing.with_month("", 12), CTX), now, False)
    prepared = declaring.proposed(words, now, None).prepared
    assert prepared is not None
    assert not folder.exists()
    draft = handover.store_version(folder, prepared, VersionMetadata("Ada", "begun", "Our clinic", "REDCap"), False)
    assert not (folder / "variables.toml").exists()
    store.release(folder, draft.version, "Ada", "begun")
    registry = open_registry(folder)
    assert (registry.patients, registry.vocabulary.months) == (0, (0, 1, 3, 6, 12))
    assert registry.vocabulary.variable("ctx").plausible is not None
