"""One server that shows the published ten beside a registry of its own: which one is seen is always said."""

import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from pages.shared import downloads, registries
from plro_core.cli.process import main
from plro_core.cohort import EVERYONE, Cohort
from plro_core.compare import compare, comparison_table, name_of
from plro_core.export import figure_recipe
from plro_core.figures import estimation_plot
from plro_core.leaving import Taken
from plro_core.preview import held_tables
from plro_core.store import SHIPPED, current_version, open_registry, publish, registry_folder, served_registries
from tests.foreign_registries import second_series, twelve
from tests.test_other_registries import ABOUT
from tests.test_pages import charts, opened, words
from tests.test_registry_page import handed, patient

TEN = "Aytar et al. 2022 · 10 of 10 patients · 40 of 40 visits · all patients · data 2022-2"
TWELVE = "hospital-x · 12 of 12 patients · 56 of 56 visits · all patients"


@pytest.fixture(scope="module")
def hospital(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return twelve(tmp_path_factory.mktemp("served") / "hospital-x")


@pytest.fixture
def both(hospital: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A server of the published registry and an own one; the folder of the own one."""
    return serve(monkeypatch, "published", hospital)


def serve(monkeypatch: pytest.MonkeyPatch, *folders: str | Path) -> Path:
    monkeypatch.setenv("PLRO_REGISTRY", os.pathsep.join(map(str, folders)))
    return Path(folders[-1])


def choose(app: AppTest, name: str) -> AppTest:
    return app.selectbox(key="registry_name_chosen").set_value(name).run()


def filters(app: AppTest) -> set[str]:
    """The names of the filters' widgets."""
    return {str(box.key) for box in (*app.slider, *app.button_group) if str(box.key).startswith(("filter_", "range_"))}


@pytest.mark.usefixtures("both")
def test_the_chooser_changes_the_registry_and_what_it_does_not_know_is_said() -> None:
    app = opened("pain", registry="hospital-x", p1np__0="20-40", patient="11")
    assert "hospital-x · 4 of 12 patients" in words(app)
    assert app.query_params["registry"] == "hospital-x"
    choose(app, "published")
    assert not app.exception
    assert TEN in words(app)
    assert (
        "The filter “p1np.0=20-40”, chosen before the change of registry, was left out, so all patients are shown. "
        "“p1np” is not a variable that patients can be filtered by"
    ) in words(app)
    assert "link" not in " ".join(warning.value for warning in app.warning)
    assert "Patient 11 is not in this registry." in words(app)
    assert app.query_params == {"registry": "published"}
    assert app.selectbox(key="registry_name_chosen").options == ["Aytar et al. 2022", "hospital-x"]
    choose(app, "hospital-x")
    assert TWELVE in words(app)
    assert "left out" not in words(app)


@pytest.mark.usefixtures("both")
def test_a_link_to_a_registry_that_is_not_served_is_one_sentence_and_the_filters_stay() -> None:
    app = opened("labs", registry="nowhere", smoking="yes")
    said = "The link asks for the registry “nowhere”, which is not served here; this is Aytar et al. 2022."
    assert [warning for warning in words(app).splitlines() if "nowhere" in warning] == [said]
    assert "4 of 10 patients" in words(app)
    assert app.query_params == {"smoking": "yes", "registry": "published"}


@pytest.mark.usefixtures("both")
def test_a_variable_that_is_a_range_here_and_a_choice_there_has_a_widget_in_each() -> None:
    """What a browser still sends for the one widget must not be taken for an answer of the other."""
    app = opened("pain", registry="hospital-x")
    assert "range_weight_gain_kg hospital-x" in filters(app)
    before = filters(app)
    choose(app, "published")
    assert "filter_weight_gain_kg" in filters(app)
    assert not before & filters(app)


@pytest.mark.usefixtures("both")
def test_the_registry_is_said_on_the_stage_which_has_no_sidebar() -> None:
    app = opened("pain", registry="hospital-x", present="1")
    assert not app.sidebar.children
    assert TWELVE in words(app)


def test_a_page_that_serves_one_registry_names_none(hospital: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    serve(monkeypatch, hospital)
    app = opened("claims")
    assert "hospital-x" not in words(app)
    assert "registry_name_chosen" not in [box.key for box in app.selectbox]


@pytest.mark.usefixtures("both")
def test_compare_says_that_these_are_two_populations() -> None:
    app = opened("compare", a="smoking=yes", beside="hospital-x", b="p1np.0=20-40", twin_pregnancy="no")
    said = words(app)
    assert not app.exception
    assert "Two populations: A is from Aytar et al. 2022, B from hospital-x;" in said
    assert "visits at month 12" in said
    assert "A: patients with no twin pregnancy and smoking of Aytar et al. 2022, n = 4." in said
    assert "B: patients with P1NP 20 to 40 ng/mL at baseline of hospital-x, n = 4." in said
    assert "everybody else" not in said
    assert [app.selectbox(key=key).value for key in ("choose_from", "choose_beside")] == ["published", "hospital-x"]


@pytest.mark.usefixtures("both")
def test_what_compares_two_registries_leaves_both(monkeypatch: pytest.MonkeyPatch) -> None:
    left: list[tuple[str, ...]] = []

    def file(*given: Any, besides: tuple[Taken, ...] = (), **_: Any) -> None:
        leaving = given[4]
        left.append(tuple(one.registry.folder.name for one in (leaving, *besides) if one is not None))

    monkeypatch.setattr(downloads, "file", file)
    opened("compare", a="smoking=yes", beside="hospital-x", b="twin_pregnancy=no")
    assert set(left) == {("data", "hospital-x")}
    left.clear()
    opened("compare", a="smoking=yes")
    assert set(left) == {("data",)}


@pytest.mark.usefixtures("both")
def test_a_comparison_of_everybody_with_nobody_leaves_the_choosers() -> None:
    app = opened("compare", a="", beside="nowhere")
    assert not app.exception
    assert "A was everybody, which leaves nobody for B; A is chosen anew." in words(app)
    app.selectbox(key="choose_beside").set_value("hospital-x").run()
    assert "A: all patients of Aytar et al. 2022, n = 10. B: all patients of hospital-x, n = 12." in words(app)
    app.selectbox(key="choose_a").set_value("written").run()
    app.text_input(key="written_a").set_value("age=12").run()
    assert "Nobody is in A, so there is nothing to compare." in words(app)
    assert charts(app) == []


def test_what_is_compared_means_the_same_in_both(both: Path) -> None:
    """What nobody knows to be the same analyte is not compared, nor a visit that only one of them plans."""
    ten, own = open_registry(SHIPPED), open_registry(both)
    found = compare(ten, EVERYONE, other=own)
    assert (found.n_a, found.n_b) == (10, 12)
    assert {difference.month for difference in found.differences} == {None, 0, 1, 3, 6}
    assert not [name_of(difference) for difference in found.differences if "Mg" in name_of(difference)]
    assert found.left_out[-1] == "visits at month 12"
    assert '"Mg" (as printed; analyte uncertain)' in found.left_out
    table = comparison_table(found)
    assert (
        table.layout.subtitle
        == "A: all patients of Aytar et al. 2022 (n = 10). B: all patients of hospital-x (n = 12)."
    )
    assert found.two_populations in table.tidy.notes


def test_remarks_of_two_registries_are_told_apart(both: Path) -> None:
    ten, own = open_registry(SHIPPED), open_registry(both)
    notes = estimation_plot(ten, EVERYONE, other=own, keys=("bisphosphonate.yes",)).notes
    assert "The agent, dose and duration are never named." not in notes
    assert "Aytar et al. 2022 on bisphosphonate: The agent, dose and duration are never named." in notes


def test_the_recipe_opens_both_registries_and_makes_the_same(both: Path) -> None:
    ten, own = open_registry(SHIPPED), open_registry(both)
    a = Cohort.parse("smoking=yes", ten.vocabulary)
    recipe = figure_recipe(ten, "A against B", estimation_plot, options=[("a", a), ("other", own)])
    assert recipe.source == f"{ten.manifest.source}; {own.manifest.source}"
    assert recipe.snippet.count("open_content(") == 2
    made: dict[str, object] = {}
    exec(recipe.snippet, made)
    again = made["result"].to_frame()  # type: ignore[attr-defined]
    assert len(again) == len(estimation_plot(ten, a, other=own).table.rows)


def test_made_up_patients_beside_real_ones_are_called_so(both: Path, tmp_path: Path) -> None:
    ten, own = open_registry(SHIPPED), open_registry(both)
    tables = held_tables(own)
    folder = tmp_path / "made-up"
    folder.mkdir()
    shutil.copy(both / "variables.toml", folder)
    publish(tables, ABOUT | {"version": "1", "synthetic": True}, folder, own.vocabulary)
    made_up = open_registry(folder)
    found = compare(ten, EVERYONE, other=made_up)
    assert "B from made-up (synthetic data)" in found.two_populations
    assert "Synthetic data: none of these patients exist." in comparison_table(found).layout.notes
    drawn = estimation_plot(ten, EVERYONE, other=made_up, keys=("age",))
    assert "SYNTHETIC" in drawn.figure.to_json()
    assert figure_recipe(ten, "t", estimation_plot, options=[("a", EVERYONE), ("other", made_up)]).synthetic


def test_two_registries_of_one_name_are_refused_and_the_others_live(
    hospital: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    twin = shutil.copytree(hospital, tmp_path / "hospital-x")
    refused = "PLRO_REGISTRY names two registries called “hospital-x”; expected folders with different names."
    serve(monkeypatch, "published", hospital, twin)
    app = opened("pain")
    assert words(app).count(refused) == 1
    assert "10 of 10 patients" in words(app)
    serve(monkeypatch, hospital, twin)
    for page in ("compare", "registry", "dictionary"):
        app = opened(page, registry="hospital-x", beside="hospital-x", smoking="yes")
        assert not app.exception
        assert words(app).count(refused) == 1


def test_a_folder_that_is_named_twice_is_one_registry(hospital: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    serve(monkeypatch, hospital, "published", hospital)
    assert (list(served_registries().folders), served_registries().problems) == (["hospital-x", "published"], ())


def test_files_meant_for_one_registry_are_never_offered_to_another(
    both: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = second_series(tmp_path / "second")
    serve(monkeypatch, both, other)
    app = handed(patient(1), opened("registry"))
    assert [button for button in app.button if str(button.key).startswith("remove_")]
    choose(app, "second")
    assert "The files handed over for the registry “hospital-x” were dropped: this is “second”." in words(app)
    assert not [button for button in app.button if str(button.key).startswith("remove_")]


def test_the_command_line_knows_the_published_registry_by_its_name(
    hospital: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Where the program is installed, nobody knows the folder that its registry lies in."""
    assert main(["table1", "--registry", "published", "--format", "csv"]) == 0
    assert "median" in capfd.readouterr().out
    command = ["compare", "--registry", str(hospital), "--other", "published", "--a", "smoking=yes"]
    assert main([*command, "--b", "smoking=yes"]) == 0
    assert "B: patients with smoking of Aytar et al. 2022 (n = 4)" in capfd.readouterr().out
    assert main([*command, "--b", "centre=north"]) == 2
    assert capfd.readouterr().err.startswith("--b: “centre” is not a variable that patients can be filtered by")


def test_a_folder_called_published_is_that_folder(
    hospital: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(hospital, tmp_path / "published")
    monkeypatch.chdir(tmp_path)
    assert registry_folder("published") == Path("published")


def test_a_changed_declaration_is_seen_without_a_restart(
    hospital: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a session that is open, too; a fault is one sentence on the page, and mended with the file."""
    own = Path(shutil.copytree(hospital, tmp_path / "ward"))
    serve(monkeypatch, own)
    app = opened("pain", hand="l")
    assert "The filter “hand=l” in the link was left out" in words(app)
    declared = own / "variables.toml"
    before = declared.read_text()
    hand = '[[variable]]\nname = "hand"\nlabel = "Hand"\ntable = "cases"\nkind = "category"\nlevels = { l = "left" }\n'
    declared.write_text(f"{before}\n{hand}")
    assert "left out" not in words(opened("pain", hand="l"))
    assert registries.load(str(own), current_version(own)).vocabulary.variable("hand").label == "Hand"
    declared.write_text(before.replace("months = [0, 1, 3, 6, 12]", "months = [0, 1]"))
    faulty = app.run()
    assert not faulty.exception
    assert "variables.toml: months: 3, 6 and 12 not planned any more" in words(faulty)
    declared.write_text(before)
    assert not app.run().error
