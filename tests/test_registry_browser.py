"""The Registry page in a real browser: from a REDCap export to a chart that others open, an error, a warning, and back."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import FilePayload, Page, expect

from plro_core.handover import Handed, VersionMetadata, prepare, read_handed, store_version
from plro_core.intake import File
from plro_core.intake.redcap.writer import dictionary_csv, export_csv
from plro_core.preview import held_tables
from plro_core.store import SHIPPED, current_version, open_registry
from plro_core.vocabulary import STANDARD
from tests.browser_tools import Server, leave, settled
from tests.test_browser import visit

ALL = "10 of 10 patients · 40 of 40 visits"


def csv_file(name: str, content: bytes) -> FilePayload:
    return {"name": name, "mimeType": "text/csv", "buffer": content}


def hand_over(page: Page, *files: FilePayload) -> None:
    page.locator("input[type=file]").last.set_input_files(list(files))
    for file in files:
        size = len(file["buffer"])
        words = f"{size} bytes" if size < 1000 else f"{(size + 500) // 1000} kB"
        expect(
            page.locator(".st-key-handed_over").get_by_role("button", name=f"{file['name']} · {words}")
        ).to_be_visible()
    settled(page)


def publish(page: Page, why: str, label: str = "Publish") -> None:
    page.get_by_label("Who does it").fill("A. Tester")
    page.get_by_label("Why, or what is new").fill(why)
    page.get_by_role("button", name=label, exact=True).click()


def redcap_project() -> tuple[bytes, bytes]:
    """The published patients as a project that calls one field differently: records and data dictionary."""
    registry = open_registry(SHIPPED)
    records, dictionary = export_csv(held_tables(registry), STANDARD), dictionary_csv(STANDARD)
    registry.close()
    renamed = dictionary.replace(b"\nage,", b"\nhow_old,").replace(b",Age,", b",How many summers,")
    assert renamed != dictionary
    return records.replace(b",age,", b",how_old,", 1), renamed


def say_what_the_first_field_is(page: Page, variable: str) -> None:
    """Type into the grid, which is one drawing: it takes keys only once it has drawn itself, and does not say when."""
    page.get_by_text("The mapping", exact=True).click()
    grid = page.locator(".st-key-mapping_open [data-testid=stDataFrame]").first
    for _ in range(4):
        grid.scroll_into_view_if_needed()
        settled(page)
        box = grid.bounding_box()
        assert box
        page.mouse.dblclick(box["x"] + box["width"] * 0.8, box["y"] + 55)  # the first row's meaning
        page.keyboard.type(variable, delay=20)
        page.keyboard.press("Enter")
        settled(page)
        if page.get_by_text("No question is open.").is_visible():
            return


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "own"


def test_from_a_redcap_export_to_a_shared_chart(page: Page, fresh_server: Callable[..., Server], folder: Path) -> None:
    server = fresh_server({"PLRO_REGISTRY": str(folder)}, wait_for="/healthz")
    records, dictionary = redcap_project()
    visit(page, server.url)
    page.get_by_role("link", name="Bring in data").click()
    expect(page.get_by_role("heading", name="1. Which files?")).to_be_visible()
    hand_over(page, csv_file("records.csv", records), csv_file("dictionary.csv", dictionary))

    expect(page.get_by_text("What is the field how_old (How many summers)")).to_be_visible()
    say_what_the_first_field_is(page, "cases.age")
    expect(page.get_by_text("No question is open.")).to_be_visible()
    settled(page)
    page.get_by_role("button", name="Read the export with this mapping").click()

    expect(page.get_by_text("10 patients, 40 visits,")).to_be_visible()
    settled(page)
    button = page.get_by_role("button", name="Publish", exact=True)
    expect(button).to_be_disabled()
    page.get_by_text("I have looked at the").click()
    expect(button).to_be_enabled()
    assert not folder.exists()
    publish(page, "the first export")
    version = settled_version(page, folder)

    page.get_by_role("link", name="Pain").first.click()
    expect(page.get_by_text(f"{ALL} · all patients · data {version}").first).to_be_visible()
    settled(page)
    colleague = page.context.new_page()
    visit(colleague, page.url)
    expect(colleague.get_by_text(ALL).first).to_be_visible()
    leave(page)


def settled_version(page: Page, folder: Path) -> str:
    """The version that the page says it has published."""
    expect(page.get_by_text("is published. Its content has the checksum")).to_be_visible()
    settled(page)
    version = current_version(folder)
    expect(page.get_by_text(f"Version {version} is published.")).to_be_visible()
    return version


def with_one_patient(folder: Path) -> str:
    """A registry of one patient, and its version."""
    files = (File("cases.csv", b"case_id,age\n1,30\n"), File("visits.csv", b"case_id,month,vas\n1,0,6\n1,1,4\n"))
    prepared = prepare(read_handed(Handed(files), None, True, {}, None, STANDARD), None, STANDARD)
    assert prepared
    return store_version(folder, prepared, VersionMetadata("A. Tester", "first"), publish=True).version


def test_an_error_names_its_cell_a_warning_waits_and_a_version_can_be_gone_back_to(
    page: Page, fresh_server: Callable[..., Server], folder: Path
) -> None:
    first = with_one_patient(folder)
    server = fresh_server({"PLRO_REGISTRY": str(folder)})
    visit(page, f"{server.url}/registry")
    hand_over(page, csv_file("visits.csv", b"case_id,month,vas\n1,3,2\n1,6,11\n"))
    page.get_by_text("Add to the registry:").click()
    problems = page.locator(".st-key-table_problems")
    expect(problems.get_by_role("cell", name="C3", exact=True)).to_be_visible()
    expect(problems.get_by_text("expected VAS between 0 and 10")).to_be_visible()
    settled(page)
    expect(page.get_by_role("button", name="Publish", exact=True)).to_have_count(0)
    assert current_version(folder) == first

    hand_over(page, csv_file("visits.csv", b"case_id,month,vas,calcium\n1,3,2,12.5\n"))
    page.get_by_text("Add to the registry:").click()
    expect(page.get_by_text("1 visit new, no cell changed, nothing removed.")).to_be_visible()
    settled(page)
    expect(page.get_by_role("button", name="Publish", exact=True)).to_be_disabled()
    page.get_by_text("I have looked at the warning").click()
    expect(page.get_by_role("button", name="Publish", exact=True)).to_be_enabled()
    publish(page, "month 3")
    second = settled_version(page, folder)
    assert second != first

    page.get_by_role("radio", name="Versions").click()
    expect(page.get_by_role("heading", name="Which versions are there?")).to_be_visible()
    settled(page)
    page.get_by_label("Version", exact=True).click()
    page.get_by_role("option", name=f"{first} · published before").click()
    expect(page.get_by_text("Nothing is deleted")).to_be_visible()
    settled(page)
    publish(page, "month 3 was another patient's", "Go back to this version")
    expect(page.get_by_text(f"Version {first} is published again, and on this screen.")).to_be_visible()
    expect(page.get_by_text("The journal is whole: 5 lines")).to_be_visible()
    settled(page)
    assert current_version(folder) == first
    leave(page)
