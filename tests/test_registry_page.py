"""The Registry page without a browser: files checked, refused, previewed, published, and versions moved."""

import re
import threading
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from pages.parts.registry import work
from pages.parts.registry.exports import EXPORTS
from plro_core import handover, journal
from plro_core.intake import template_files
from plro_core.intake.redcap.writer import dictionary_csv, export_csv
from plro_core.preview import held_tables
from plro_core.store import SHIPPED, current_version, history, open_registry
from plro_core.vocabulary import STANDARD
from tests.test_other_registries import made
from tests.test_pages import opened, tables_text, words

CSV = "text/csv"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An own registry folder that nobody has begun."""
    own = tmp_path / "own"
    monkeypatch.setenv("PLRO_REGISTRY", str(own))
    return own


def the_ten() -> dict[str, bytes]:
    """The published patients as the CSV files of the template."""
    registry = open_registry(SHIPPED)
    try:
        return template_files(STANDARD, held_tables(registry))
    finally:
        registry.close()


@pytest.fixture(scope="module")
def ten() -> dict[str, bytes]:
    return the_ten()


def handed(files: dict[str, bytes], app: AppTest | None = None) -> AppTest:
    app = app or opened("registry")
    app.get("file_uploader")[-1].set_value([(name, content, CSV) for name, content in files.items()])
    return app.run()


def patient(number: int, age: str = "30", smoking: str = "yes") -> dict[str, bytes]:
    """One patient with one visit, as two files."""
    return {
        "cases.csv": f"case_id,age,smoking\n{number},{age},{smoking}\n".encode(),
        "visits.csv": f"case_id,month,vas\n{number},0,6\n{number},1,2\n".encode(),
    }


def key_of(app: AppTest, kind: str, start: str) -> str:
    return next(element.key for element in app.get(kind) if element.key and element.key.startswith(start))


def button(app: AppTest, label: str):
    return next(element for element in app.button if element.label == label)


def published(app: AppTest, who: str = "A. Tester", why: str = "first", label: str = "Publish") -> AppTest:
    app.text_input(key="who").set_value(who)
    app.text_input(key="why").set_value(why)
    return button(app, label).click().run()


def begun(folder: Path, number: int = 1) -> AppTest:
    """A registry of one patient, and the session that published it."""
    app = published(handed(patient(number)))
    assert not app.exception
    assert current_version(folder)
    return app


def test_the_shipped_registry_refuses_in_a_sentence_and_still_checks_files(ten: dict[str, bytes]) -> None:
    app = opened("registry")
    assert "The shipped registry stays as it was published" in words(app)
    app = handed({"cases.csv": ten["cases.csv"]}, app)
    assert "Choose one to go on." in words(app)
    app.radio[0].set_value(app.radio[0].options[0]).run()
    assert not app.exception
    assert "3. What is wrong or doubtful?" in words(app)
    assert "Checked only: this registry cannot be written." in words(app)
    assert not [element for element in app.button if element.label == "Publish"]


def test_an_empty_folder_leads_to_the_page_and_is_not_made_by_looking(folder: Path) -> None:
    app = opened("overview")
    assert not app.error
    assert "Nothing is published yet" in words(app)
    for part in ("data", "history", "quality", "export"):
        app = opened("registry", part=part)
        assert not app.exception
        assert not app.error
    assert not folder.exists()


def test_reading_is_stopped_by_a_click_and_goes_on_by_another(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reading, told = threading.Event(), list[work.Told]()
    real = handover.read_handed

    def slowly(*given: Any) -> Any:
        told.append(given[-1].__self__)
        assert reading.wait(60)
        return real(*given)

    real_wait = work.wait

    def until_somebody_clicks(futures: Any, timeout: float) -> Any:
        if told and timeout < work._SHORT:
            st.stop()  # as a click breaks a run off that has drawn the button
        return real_wait(futures, timeout=timeout)

    with monkeypatch.context() as patched:
        patched.setattr(handover, "read_handed", slowly)
        patched.setattr(work, "wait", until_somebody_clicks)
        app = handed(patient(1))
        assert [told[0].wanted, button(app, "Stop").key] == [False, "stop_registry_read"]
        reading.set()
    app = button(app, "Stop").click().run()
    assert not app.exception
    assert "Reading the files: stopped." in words(app)
    assert not [found for found in app.button if found.label in ("Stop", "Publish")]
    assert not folder.exists()
    app = button(app, "Go on").click().run()
    assert "4. What would change? Against an empty registry" in words(app)
    assert "Reading the files: stopped." not in words(app)


def test_storing_shows_how_far_it_is(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app, shown = handed(patient(1)), list[str]()
    real = handover.store_version

    def watched(*given: Any) -> Any:
        def progress(share: float, what: str) -> bool:
            shown.append(what)
            return bool(given[-1](share, what))

        return real(*given[:-1], progress)

    monkeypatch.setattr(handover, "store_version", watched)
    app = published(app)
    assert not app.exception
    assert shown[-1] == "writing the files"
    assert not app.get("progress")  # it is done
    assert current_version(folder) in words(app)


def test_the_first_version_of_an_own_registry(folder: Path) -> None:
    app = handed(patient(1))
    assert not app.exception
    assert "No problems" in words(app)
    assert "1 patient and 2 visits new" in words(app)
    assert not folder.exists(), "nothing is stored before publishing"
    app = published(app)
    version = current_version(folder)
    assert f"Version {version} is published. Its content has the checksum" in " ".join(
        element.value.replace("\\", "") for element in app.success
    )
    assert "1 of 1 patient · 2 of 2 visits" in words(app)
    assert journal.verify(folder).lines == 2
    assert "registry_files" not in app.session_state


def test_every_problem_is_told_by_its_cell_and_errors_refuse(folder: Path) -> None:
    app = handed(patient(1, age="thirty", smoking="perhaps"))
    text = tables_text(app)
    assert "thirty" in text
    assert "perhaps" in text
    assert re.search(r"cases\.csv.*B2", text)
    assert "refused as a whole" in words(app)
    assert not [element for element in app.button if element.label == "Publish"]
    assert not folder.exists()


def test_warnings_wait_for_a_tick(folder: Path, ten: dict[str, bytes]) -> None:
    app = handed(ten)
    assert "errors" not in words(app).split("3. What is wrong")[1].splitlines()[0]
    assert button(app, "Publish").disabled
    app.checkbox(key=key_of(app, "checkbox", "looked_")).check().run()
    assert not button(app, "Publish").disabled
    app = published(app)
    assert "10 of 10 patients · 40 of 40 visits" in words(app)


def test_a_registry_with_data_makes_the_reader_choose(folder: Path) -> None:
    begun(folder)
    app = handed(patient(2))
    assert "Choose one to go on." in words(app)
    added, whole = app.radio[0].options
    app.radio[0].set_value(whole).run()
    assert "1 patient and 2 visits removed" in words(app)
    app.radio[0].set_value(added).run()
    assert "nothing removed" in words(app)
    app = published(app, why="one more")
    assert "2 of 2 patients" in words(app)


def test_nobody_is_named_and_nothing_is_stored(folder: Path) -> None:
    app = published(handed(patient(1)), who=" ")
    assert "Nobody is named as the author" in app.error[0].value
    assert not (folder / "CURRENT").exists()
    assert "4. What would change?" in words(app)


def test_another_version_published_meanwhile_is_told_and_nothing_is_stored(folder: Path) -> None:
    begun(folder)
    app = handed(patient(2))
    app.radio[0].set_value(app.radio[0].options[0]).run()
    other = handed(patient(3))
    other.radio[0].set_value(other.radio[0].options[0]).run()
    published(other, why="was faster")
    faster = current_version(folder)
    app = published(app, why="was slower")
    assert not app.exception
    assert "The registry moved from" in app.error[0].value.replace("\\", "")
    assert "preview again" in app.error[0].value
    assert current_version(folder) == faster
    assert f"Against version {faster}" in words(app), "the preview is of what is published now"
    app = published(app, why="was slower")
    assert len(history(folder)) == 3


def test_a_draft_is_kept_published_and_gone_back_from(folder: Path) -> None:
    begun(folder)
    first = current_version(folder)
    app = handed(patient(2))
    app.radio[0].set_value(app.radio[0].options[0]).run()
    app = published(app, why="more", label="Keep as draft")
    assert current_version(folder) == first
    app = opened("registry", part="history")
    assert "draft" in tables_text(app)
    app = published(app, why="checked by two", label="Publish this draft")
    second = current_version(folder)
    assert second != first
    assert "2 of 2 patients" in words(app)
    app.selectbox(key="one_version").set_value(first).run()
    assert "Nothing is deleted" in words(app)
    app = published(app, why="a mistake", label="Go back to this version")
    assert current_version(folder) == first
    assert "1 of 1 patient" in words(app)
    assert "The journal is whole: 5 lines" in words(app)
    assert [info.version for info in history(folder)] == [first, second]


def test_a_draft_is_discarded(folder: Path) -> None:
    app = published(handed(patient(1)), label="Keep as draft")
    assert "is kept as a draft" in words(app) or app.success
    app = opened("registry", part="history")
    app = published(app, why="not needed", label="Discard it")
    assert not app.exception
    assert history(folder) == []


def test_any_version_can_be_looked_at(folder: Path) -> None:
    begun(folder)
    first = current_version(folder)
    app = handed(patient(2))
    app.radio[0].set_value(app.radio[0].options[0]).run()
    published(app, why="more")
    app = opened("registry", part="history")
    assert "2 of 2 patients" in words(app)
    assert "1 patient and 2 visits new" in words(app)
    app.selectbox(key="one_version").set_value(first).run()
    app = app.button(key="look_at_version").click().run()
    assert f"data {first}" in words(app)
    assert "1 of 1 patient" in words(app)


def test_a_redcap_export_is_read_through_a_mapping_that_a_person_confirms(folder: Path) -> None:
    tables = held_tables(open_registry(SHIPPED))
    app = handed({"records.csv": export_csv(tables, STANDARD), "dictionary.csv": dictionary_csv(STANDARD)})
    assert not app.exception
    assert "Proposed from names, labels, units and choices" in words(app)
    assert "No question is open." in words(app)
    assert "4. What would change?" not in words(app)
    app.button(key="use_mapping").click().run()
    assert "10 patients, 40 visits" in words(app)
    app.text_input(key="keep_name").set_value("our-clinic").run()
    app.button(key="keep_mapping").click().run()
    assert (folder / "mappings" / "our-clinic.json").exists()


def test_an_exported_registry_is_published_again(folder: Path) -> None:
    from plro_core.bundle import bundle

    app = handed({"registry.zip": bundle(open_registry(SHIPPED))})
    assert not app.exception
    assert not app.error
    app = published(app)
    assert "10 of 10 patients · 40 of 40 visits" in words(app)


def test_an_export_of_an_own_registry_is_journalled_or_refused(folder: Path) -> None:
    begun(folder)
    app = opened("registry", part="export")
    assert app.button(key="prepare_registry").disabled
    app.text_input(key="export_who").set_value("A. Tester").run()
    app.button(key="prepare_registry").click().run()
    assert [entry.what for entry in journal.read(folder)] == ["draft", "publish", "export"]
    assert "take_registry" in [element.key for element in app.get("download_button")]
    (folder / journal.NAME).unlink()
    (folder / journal.NAME).mkdir()
    app.button(key="prepare_filled-template").click().run()
    assert "The journal cannot be written" in app.error[0].value
    assert "take_filled-template" not in [element.key for element in app.get("download_button")]


def test_every_form_that_holds_patients_is_journalled_under_its_name(folder: Path) -> None:
    begun(folder)
    app = opened("registry", part="export")
    app.text_input(key="export_who").set_value("A. Tester").run()
    forms = [export.name for export in EXPORTS if export.of_patients]
    for form in forms:
        app.button(key=f"prepare_{form}").click().run()
        assert not app.exception, form
        assert not app.error, form
    left = [entry.detail["form"] for entry in journal.read(folder) if entry.what == "export"]
    assert left == forms
    without = [f"take_{export.name}" for export in EXPORTS if not export.of_patients]
    assert set(without) <= {element.key for element in app.get("download_button")}


def test_what_is_no_table_is_refused_in_a_sentence(folder: Path) -> None:
    app = handed({"picture.zip": b"PK\x03\x04 nothing", "mapping.json": b"{"})
    assert not app.exception
    assert "damaged or cut short" in tables_text(app)
    assert "not readable JSON" in tables_text(app)


@pytest.mark.parametrize("patients", [0, 1])
def test_every_part_works_for_nobody_and_for_one(
    patients: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLRO_REGISTRY", str(made(tmp_path / "registry", patients)))
    for part in ("data", "history", "quality", "export"):
        app = opened("registry", part=part)
        assert not app.exception, part
        assert not app.error, part
        assert f"{patients} of {patients} patient" in words(app)


def test_a_part_that_does_not_exist_is_told() -> None:
    app = opened("registry", part="secrets")
    assert not app.exception
    assert "expected one of data, words, history, quality, export" in words(app)


def test_a_dialect_is_declared_instead_of_detected(folder: Path) -> None:
    app = handed({"cases.csv": b"case_id;age;weight_gain_kg\n1;30;12,5\n"})
    assert "semicolon between cells, decimal comma" in words(app)
    key = key_of(app, "selectbox", "decimal_")
    app.selectbox(key=key).set_value("point").run()
    assert not app.exception
    assert "decimal point" in words(app)
    assert "12,5" in tables_text(app)
    assert app.error


def test_a_code_for_missing_is_answered_beside_its_question(folder: Path) -> None:
    files = patient(1) | {"cases.csv": b"case_id,weeks_postpartum\n1,99\n2,4\n"}
    app = handed(files)
    assert "weeks_postpartum holds 99 in 1 cell" in tables_text(app)
    app = button(app, "Missing").click().run()
    assert not app.exception
    assert "weeks_postpartum holds 99" not in tables_text(app)
    assert any("99 is missing" in one.label for one in app.button)


def test_a_unit_is_answered_beside_its_question(folder: Path) -> None:
    files = patient(1) | {"visits.csv": b"case_id,month,vas\n1,0,80\n1,1,40\n"}
    app = handed(files)
    assert "Is it in mm" in tables_text(app)
    app = button(app, "It is in mm").click().run()
    assert not app.exception
    assert "Is it in mm" not in tables_text(app)
    assert any(one.label.endswith("vas is in mm") for one in app.button)
