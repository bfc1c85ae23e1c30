"""A link is read alike by the pages and the command line, whatever mail programs and trackers did to it."""

import pytest

from pages.parts.options import OPTIONS
from pages.shared import session
from plro_core import links
from plro_core.cohort import Cohort
from plro_core.vocabulary import STANDARD, declared
from tests.test_pages import opened

FILTERED = [("smoking", "yes"), ("vas.1", "0-3")]


@pytest.mark.parametrize(
    "link",
    [
        "smoking=yes&vas.1=0-3",
        "?smoking=yes&vas.1=0-3",
        "  smoking=yes&vas.1=0-3\n",
        "https://plro.example.org/pain?smoking=yes&vas.1=0-3#figure",
        "plro.example.org/pain?smoking=yes&vas.1=0-3",
        "smoking=yes&amp;vas.1=0-3",
        "smoking=yes&AMP;amp;vas.1=0-3",
        "smoking=yes&#38;vas.1=0-3",
        "smoking=yes&#x26;vas.1=0-3",
        "smoking=yes&vas.1=0-3&utm_source=mail&utm_medium=x",
        "fbclid=1&smoking=yes&gclid=2&vas.1=0-3&msclkid=3&mc_cid=4",
        "smoking=yes&amp;fbclid=7&amp;vas.1=0-3",
    ],
)
def test_what_mail_and_trackers_do_to_a_link_is_undone(link: str) -> None:
    assert links.pairs(link) == FILTERED
    assert Cohort.parse(link, STANDARD).pairs == FILTERED


@pytest.mark.parametrize("link", ["", "?", "https://plro.example.org/pain", "http://localhost:8501/pain?utm_source=x"])
def test_a_link_without_filters_is_everybody(link: str) -> None:
    assert links.pairs(link) == []


@pytest.mark.parametrize("name", ["smoker", "utm", "source", "clid", "amp", "ref", "by2"])
def test_what_is_no_tracker_is_kept_for_others_to_refuse(name: str) -> None:
    assert links.pairs(f"{name}=yes") == [(name, "yes")]


def test_a_value_may_hold_what_an_address_holds() -> None:
    assert links.pairs("smoking=http://x/?y") == [("smoking", "http://x/?y")]


def test_the_options_of_the_pages_are_no_filters() -> None:
    served = {"embed", "embed_options"}
    assert {*OPTIONS, session.ROOM, session.WATCHED, session.VERSION, session.REGISTRY, *served} == links.PAGE_OPTIONS
    assert links.told_apart([("by", "smoking"), *FILTERED]) == (FILTERED, [("by", "smoking")])


def test_no_variable_is_called_like_a_tracker_or_an_option() -> None:
    assert not [name for name in STANDARD.filters if links.is_tracking(name) or name in links.PAGE_OPTIONS]
    text = '[[variable]]\nname = "utm_score"\nlabel = "x"\ntable = "cases"\nkind = "boolean"\n'
    with pytest.raises(Exception, match="taken by the program"):
        declared.parse(text)


def test_a_page_keeps_the_filters_of_a_mailed_link() -> None:
    app = opened("overview", **{"smoking": "yes", "amp;by": "breastfeeding", "utm_source": "mail", "fbclid": "x"})
    assert not app.exception
    assert any("4 of 10 patients" in caption.value for caption in app.caption)
    assert app.session_state["view_query"].pairs == (("smoking", "yes"), ("by", "breastfeeding"))
    assert app.session_state["link_problems"] == []
