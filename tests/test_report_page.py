"""The report on its page: items ticked, live numbers picked, nothing drawn twice, every registry that it tells of known."""

from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from plro_core.problems import RegistryProblem
from plro_core.report import Assembled, Card, Report, ReportProblem, assembled
from plro_core.report.live import in_braces, live_numbers, words_of
from plro_core.report.made import drawn
from plro_core.store import Registry, open_registry
from tests.test_other_registries import made
from tests.test_pages import opened
from tests.test_report import FIGURE

pytestmark = pytest.mark.usefixtures("read_here")


def shown(*cards: Card) -> AppTest:
    app = opened("registry", part="report")
    app.session_state["report published"] = Report("Pain: a case series", cards=cards)
    return app.run()


def kept(app: AppTest) -> tuple[Card, ...]:
    found: Report = app.session_state["report published"]
    return found.cards


def test_items_of_a_checklist_are_ticked_on_the_page_and_another_begins_anew() -> None:
    app = shown(Card("checklist"))
    app.multiselect(key="report_card_0_ticks").set_value(["2", "13"]).run()
    assert kept(app) == (Card("checklist", of="CARE", ticks=("2", "13")),)
    assert "13. Informed consent" in app.multiselect(key="report_card_0_ticks").options
    app.selectbox(key="report_card_0_of").set_value("STROBE").run()
    assert kept(app) == (Card("checklist", of="STROBE"),)
    assert app.multiselect(key="report_card_0_ticks").options[-1] == "22. Funding"
    assert any("STROBE checklist" in one.value for one in app.markdown)
    assert not app.exception


def test_a_live_number_is_picked_says_what_it_is_now_and_goes_into_a_card() -> None:
    app = shown(Card("text", "Pain was"), Card("methods"))
    says = [one.value for one in app.markdown if one.value.startswith("says now")]
    assert says == ["says now: **10**"]
    app.selectbox(key="report_pick_variable").set_value("vas").run()
    app.selectbox(key="report_pick_month").set_value(1).run()
    app.text_input(key="report_pick_query").set_value("smoking=yes").run()
    assert any("median 4\\.5" in one.value for one in app.markdown)
    app.button(key="report_pick_in").click().run()
    assert kept(app)[0].text == "Pain was {{vas.1 | median | smoking=yes}}"
    app.selectbox(key="report_pick_variable").set_value("smoking").run()
    app.selectbox(key="report_pick_place").set_value(1).run()
    app.button(key="report_pick_in").click().run()
    assert kept(app)[1].comment == "{{smoking=yes | k of n | smoking=yes}}"
    app.text_input(key="report_pick_query").set_value("smokin=yes").run()
    assert any("smokin" in one.value for one in app.warning)
    assert not [one for one in app.button if one.key == "report_pick_in"]
    assert not app.exception


def test_a_share_of_a_number_and_of_a_category_is_picked_by_its_value() -> None:
    app = shown(Card("text", ""))
    app.selectbox(key="report_pick_variable").set_value("vas").run()
    app.selectbox(key="report_pick_statistic_vas").set_value("k of n").run()
    assert any("vas.0=0-3 | k of n" in one.value for one in app.markdown)
    app.selectbox(key="report_pick_variable").set_value("breastfeeding").run()
    app.selectbox(key="report_pick_level_breastfeeding").set_value("continued").run()
    app.button(key="report_pick_in").click().run()
    assert kept(app)[0].text == "{{breastfeeding=continued | k of n}}"
    assert not app.exception


@pytest.mark.parametrize(
    ("picked", "braces"),
    [
        (("patients", "n"), "{{patients | n}}"),
        (("vas", "median", 1), "{{vas.1 | median}}"),
        (("vas", "k of n", 1, "0-3", " smoking=yes "), "{{vas.1=0-3 | k of n | smoking=yes}}"),
        (("level", "percent", None, "T12"), "{{level=T12 | percent}}"),
    ],
)
def test_what_is_picked_can_be_asked(picked: tuple[Any, ...], braces: str) -> None:
    assert in_braces(*picked) == braces
    registry = open_registry()
    assert words_of(registry, live_numbers(braces)[0], Assembled(Report("x"), registry, _nobody).cohort)


def _nobody(content: str, version: str, name: str) -> Registry:
    raise RegistryProblem(f"{content} is in none of the registries that are looked through.")


def test_a_card_that_did_not_change_is_drawn_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def counted(registry: Registry, card: Card, find: Any) -> Any:
        asked.append(card.call)
        return drawn(registry, card, find)

    monkeypatch.setattr(assembled, "drawn", counted)
    app = shown(Card("figure", call=FIGURE), Card("text", "a"))
    app.text_area(key="report_card_1").set_value("b").run()
    app.text_area(key="report_card_0").set_value("A comment.").run()
    app.button(key="report_card_1_Up").click().run()
    assert asked == [FIGURE]
    assert kept(app)[1].comment == "A comment."
    app.button(key="report_card_1_out").click().run()
    app.session_state["report published"] = Report("x", cards=(Card("figure", call=FIGURE),))
    app.run()
    assert asked == [FIGURE, FIGURE]


def test_a_card_of_two_registries_tells_of_both_and_asks_each_time_whether_the_other_may_be_seen(
    tmp_path: Path,
) -> None:
    own, other = open_registry(made(tmp_path / "ward", 4)), open_registry(made(tmp_path / "other", 3))
    call = f'plro.compare(registry, "", "", other=open_content("{other.content}", version="1", registry="other"))'
    card = Card("table", call=call)
    found = Assembled(Report("x", cards=(card,)), own, lambda *_: other)
    assert [one.folder.name for one in found.registries] == ["ward", "other"]
    later = Assembled(Report("x", cards=(card,)), own, _nobody, found.kept)
    with pytest.raises(ReportProblem, match=r"Card 1: .* is in none of the registries"):
        later.pages()
