"""A whole made-up REDCap project of 100 patients and two arms: proposed, answered in words, read as what it holds."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from plro_core.intake import File, Intake, read
from plro_core.intake.redcap.editing import (
    LEFT_OUT,
    MappingWords,
    Project,
    mapping_of,
    project,
    rest_left_out,
    words_of,
)
from plro_core.intake.redcap.mapping import RedcapMapping
from plro_core.intake.redcap.proposal import open_questions, propose
from tests.redcap_study import PATIENTS, WORDS, Study, labelled, study, written_back

pytestmark = pytest.mark.usefixtures("read_here")

FILES = (
    File("records.csv", study().records.encode()),
    File("dictionary.csv", study().dictionary.encode()),
)

#: What nobody but the people of the trial can know, and what they say.
REAL = {
    "codes": {
        ("redcap_event_name", "arm_1"): "drug",
        ("redcap_event_name", "arm_2"): "placebo",
        ("smoking", "3"): "no",
    },
    "events": {"unplanned_arm_1": "rows of unscheduled", "unplanned_arm_2": "rows of unscheduled"},
    "missing": "-99",
}
#: What a person says besides: the date of a visit, which form is not kept, and that the rest is left out.
BESIDES = {
    "fields": {"visit_date": "visits: days since consent_date"},
    "instruments": {"adverse_event": LEFT_OUT},
}


def trial(files: Sequence[File] = FILES) -> Project:
    found = project(files, {}, WORDS)
    assert found is not None
    return found


def answered(start: RedcapMapping, of: Project) -> tuple[RedcapMapping, int]:
    """The mapping once everything is answered, and how many clicks were no answer to a real question."""
    words = words_of(start, of)
    clicks = 0
    for part in ("events", "codes"):
        said: dict[Any, str] = getattr(words, part)
        assert set(REAL[part]) <= set(said), part
        said.update(REAL[part])
    words.missing = str(REAL["missing"])
    for part, given in BESIDES.items():
        said = getattr(words, part)
        assert set(given) <= set(said), part
        clicks += sum(said[name] != word for name, word in given.items())
        said.update(given)
    return rest_left_out(mapping_of(words, start, of), of), clicks + 1


@pytest.fixture(scope="module")
def of() -> Project:
    return trial()


@pytest.fixture(scope="module")
def start(of: Project) -> RedcapMapping:
    return propose(of.export, of.dictionary, WORDS)


@pytest.fixture(scope="module")
def taken(of: Project, start: RedcapMapping) -> Intake:
    mapping, _ = answered(start, of)
    return read(list(FILES), WORDS, mapping=mapping)


def test_at_most_ten_clicks_are_left_beyond_the_real_questions(of: Project, start: RedcapMapping) -> None:
    mapping, clicks = answered(start, of)
    assert clicks <= 10
    assert open_questions(mapping, of.export, of.dictionary) == []


def test_without_leaving_out_the_rest_at_once_there_are_still_at_most_ten(of: Project, start: RedcapMapping) -> None:
    words = words_of(start, of)
    undecided = [
        name for part in (words.fields, words.events, words.instruments) for name, word in part.items() if not word
    ]
    real = {*REAL["events"]}
    assert len(set(undecided) - real) <= 10, undecided


def test_what_is_proposed_is_never_wrong(of: Project, start: RedcapMapping) -> None:
    mapping, _ = answered(start, of)
    proposed, final = words_of(start, of), words_of(mapping, of)
    for part in ("events", "instruments", "fields"):
        said: MappingWords = getattr(final, part)
        assert {name: word for name, word in getattr(proposed, part).items() if word}.items() <= said.items(), part


@pytest.mark.parametrize("table", ["cases", "visits", "unscheduled", "symptoms", "treatments"])
def test_every_value_of_the_trial_arrives(taken: Intake, table: str) -> None:
    assert taken.tables is not None, [finding.sentence for finding in taken.errors][:5]
    truth = study().truth[table]
    names = list(truth[0])
    found = [tuple(row[name] for name in names) for row in taken.tables[table].to_pylist()]
    assert sorted(found, key=repr) == sorted((tuple(row.values()) for row in truth), key=repr)


FORMS = pytest.mark.parametrize("form", [labelled, written_back])


@FORMS
def test_the_same_values_arrive_from_labels_and_from_what_pandas_wrote_back(form: Callable[[Study], str]) -> None:
    files = (File("records.csv", form(study()).encode()), FILES[1])
    of = trial(files)
    words = words_of(propose(of.export, of.dictionary, WORDS), of)
    for name in words.events:
        words.events[name] = "rows of unscheduled" if name.lower().startswith("unplanned") else words.events[name]
    if form is labelled:
        assert words.codes["redcap_event_name", "arm_1"] == "drug"  # proposed, since the arm is called so
        words.codes["smoking", "3"] = words.codes["smoking", "Stopped before pregnancy"] = "no"
    else:
        words.codes |= REAL["codes"]
    words.missing = "-99, -99.0"
    words.fields |= BESIDES["fields"]
    mapping = rest_left_out(mapping_of(words, propose(of.export, of.dictionary, WORDS), of), of)
    taken = read(list(files), WORDS, mapping=mapping)
    assert taken.tables is not None, [finding.sentence for finding in taken.errors][:5]
    for table, truth in study().truth.items():
        found = [tuple(row[name] for name in truth[0]) for row in taken.tables[table].to_pylist()]
        assert sorted(found, key=repr) == sorted((tuple(row.values()) for row in truth), key=repr), table


def test_nobody_is_lost_and_no_date_is_kept(taken: Intake) -> None:
    assert taken.tables is not None
    assert taken.tables["cases"].num_rows == PATIENTS
    assert "2021-" not in "".join(str(table.to_pylist()) for table in taken.tables.values())
