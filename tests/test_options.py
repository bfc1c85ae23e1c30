"""What a link may say beside the cohort: each page declares its own, and no registry can take such a word."""

from pathlib import Path

import pyarrow as pa
import pytest
from streamlit.testing.v1 import AppTest

from pages.parts.options import OPTIONS
from pages.shared.options import accept, collected, in_link, one_of, option_of
from plro_core import links
from plro_core.problems import RegistryProblem
from plro_core.schema import completed
from plro_core.store import publish
from plro_core.synthetic import about, synthetic_tables
from plro_core.vocabulary import STANDARD, Vocabulary, declared, parse
from tests.browser_tools import ROOT

#: The order in which a link says its options; links that were copied, saved or led live are compared word by word.
ORDER = [
    "by",
    "patient",
    "lumbar",
    "a",
    "b",
    "beside",
    "overlap",
    "tests",
    "tab_traits",
    "compared",
    "unfolded",
    "axis",
    "fall",
    "control",
    "at",
    "status",
    "topic",
    "claim",
    "pattern",
    "said",
    "panels",
    "number",
    "column",
    "sort",
    "columns",
    "rows",
    "statistic",
    "style",
    "difference",
    "part",
    "tab",
    "find",
    "present",
    "screen",
    "view",
    "figure",
    "slide",
    "slide_words",
    "spot",
]

GOOD = {
    "panels": "calcium,alp",
    "rows": "age,vas:0-6,calcium:0/6",
    "statistic": "mean",
    "style": "jama",
    "difference": "on",
    "by": "smoking",
    "patient": "3",
    "lumbar": "leave-out",
    "a": "smoking=yes",
    "b": "smoking=no",
    "beside": "published",
    "overlap": "a",
    "tests": "shown",
    "tab_traits": "who-they-are",
    "axis": "change",
    "fall": "30",
    "compared": "vas.1.change",
    "unfolded": "traits,table",
    "control": "vas-2",
    "at": "6",
    "status": "agrees",
    "topic": "bone density",
    "find": "29.75 ± 3.24",
    "claim": "age-mean-sd",
    "pattern": "vas.steps",
    "said": "1:above,all:below",
    "number": "vas.3",
    "column": "continued",
    "sort": "-variable",
    "columns": "variable,overall",
    "part": "history",
    "tab": "levels",
    "present": "views",
    "view": "smokers-2",
    "figure": "pain_trajectories",
    "screen": "4x3",
    "slide": "2",
    "slide_words": "Ten patients|One centre",
    "spot": "smoking=yes",
}


#: What a document may say in its own language, and columns and figures that are called as a registry likes.
IN_ANY_WRITING = ("topic", "find", "claim", "sort", "columns", "figure")


def test_a_link_says_its_options_in_one_order() -> None:
    assert list(OPTIONS) == ORDER


@pytest.mark.parametrize("name", ORDER)
def test_each_option_takes_its_values_and_nothing_else(name: str) -> None:
    option = OPTIONS[name]
    assert option.accepts(GOOD[name], STANDARD)
    free = name == "slide_words"  # whatever somebody wants to say
    for wrong in [GOOD[name] + "\n<", "x" * 2000] if free else ["<script>", GOOD[name] + "\n<", "٣", "x" * 100]:
        if wrong == "٣" and name in IN_ANY_WRITING:
            continue
        assert not option.accepts(wrong, STANDARD), wrong


@pytest.mark.parametrize("name", [name for name in ORDER if name in links.RESERVED])
def test_a_registry_cannot_call_a_variable_like_an_option(name: str) -> None:
    text = f'[[variable]]\nname = "{name}"\nlabel = "x"\ntable = "cases"\nkind = "boolean"\n'
    with pytest.raises(RegistryProblem, match="taken by the program"):
        declared.parse(text)


def test_an_option_that_a_registry_might_take_is_not_accepted() -> None:
    assert "zoom" not in links.PAGE_OPTIONS
    with pytest.raises(ValueError, match="“zoom” is not kept free"):
        collected([one_of("zoom", "in")])


def test_two_pages_cannot_declare_the_same_option() -> None:
    with pytest.raises(ValueError, match="“tests” is declared twice"):
        collected([one_of("tests", "shown"), one_of("tests", "hidden")])


# A registry that had such a variable before there was such an option

OLDER = parse(
    """\
[[variable]]
name = "screen"
label = "Screened for coeliac disease"
table = "cases"
kind = "boolean"

[[variable]]
name = "axis"
label = "Femoral axis"
table = "cases"
kind = "integer"
unit = "degrees"
plausible = [0, 90]
"""
)


def test_a_variable_wins_over_an_option_that_came_later() -> None:
    accept(OPTIONS)
    words = Vocabulary(OLDER)
    assert option_of("axis", words) is None
    assert option_of("axis", STANDARD) is OPTIONS["axis"]
    assert (in_link("axis", words), in_link("axis", STANDARD)) == ("axis-", "axis")
    for vocabulary in (words, STANDARD):
        assert option_of("axis-", vocabulary) is OPTIONS["axis"]
    assert links.told_apart([("axis", "5-9"), ("axis-", "change"), ("by", "smoking")], words.filters) == (
        [("axis", "5-9")],
        [("axis-", "change"), ("by", "smoking")],
    )


def test_such_a_registry_opens_filters_and_shows_the_option(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "variables.toml").write_text(OLDER.text, encoding="utf-8")
    tables = completed(synthetic_tables(6, 1), Vocabulary(OLDER))
    axis = pa.array([3, 5, 8, None, 20, 9], pa.int64())
    tables["cases"] = tables["cases"].set_column(tables["cases"].column_names.index("axis"), "axis", axis)
    publish(tables, about(6, 1, "paper"), tmp_path, Vocabulary(OLDER))
    monkeypatch.setenv("PLRO_REGISTRY", str(tmp_path))
    app = AppTest.from_file(str(ROOT / "pages" / "frame.py"), default_timeout=60)
    app.query_params.update({"axis": "5-9", "axis-": "change"})
    app.switch_page("pain.py").run()
    assert not app.exception
    assert app.query_params["axis"] == "5-9"
    assert app.query_params["axis-"] == "change"
    assert any("3 of 6 patients" in caption.value for caption in app.caption)
    assert app.segmented_control(key="bound_axis").value == "change"
