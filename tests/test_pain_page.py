"""The pain page: links that open on responders and on pain control, bad ones, nobody, one patient; recipes that run."""

import pytest
from streamlit.testing.v1 import AppTest

from tests.test_pages import charts, opened, words


def snippets(app: AppTest) -> list[str]:
    return [code.value for code in app.code if code.language == "python"]


def test_a_link_opens_the_month_and_the_definition_and_its_recipes_run() -> None:
    app = opened("pain", control="vas-3", at="3", by="breastfeeding")
    assert not app.exception
    text = words(app)  # the link opens on the time to pain control
    assert app.selectbox(key="control_definition").value == "vas-3"
    assert "this is one of 18 definitions tried" in text
    assert "Patient 8: 3.5 months is printed, but the recorded VAS already meets this definition at month 3." in text
    assert "Breastfeeding after diagnosis, stopped: median between baseline and month 1 (n = 8)." in text
    responders = opened("pain", tab="responders", at="3", by="breastfeeding")
    assert "Pain fallen by half or more at month 3 by breastfeeding after diagnosis" in words(responders)
    assert (len(charts(app)), len(charts(responders))) == (1, 1)
    both = [*snippets(app), *snippets(responders)]
    made = [snippet for snippet in both if "definition" in snippet or "responder" in snippet]
    assert len(made) == 5
    for snippet in made:
        result: dict = {}
        exec(snippet, result)
        made_again = result["result"]
        assert getattr(made_again, "chart", made_again)


def test_the_reconstructed_definition_is_the_default_and_says_why() -> None:
    app = opened("pain", tab="control", patient="8")
    text = words(app)
    assert "“VAS 2 or less, kept to the last visit” is reconstructed from what it prints." in text
    chosen = app.selectbox(key="control_definition")
    assert chosen.options[0] == "VAS 2 or less, kept to the last visit (reconstructed)"
    chosen.set_value("vas-0").run()
    assert "Patient 10: 4 months is printed, but the recorded VAS does not yet meet this definition" in words(app)


def test_what_a_link_cannot_choose_is_left_out_with_a_sentence() -> None:
    app = opened("pain", tab="control", control="vas-11", at="2")
    assert not app.exception
    text = words(app)
    assert "“control=vas-11” in the link was left out; expected a definition of pain control" in text
    assert "“at=2” in the link was left out; expected a planned month after baseline: 1, 3, 6." in text
    assert app.selectbox(key="control_definition").value == "vas-2"


@pytest.mark.parametrize(("link", "drawn"), [({"age": "12"}, 0), ({"age": "24"}, 1)])
def test_nobody_and_one_patient(link: dict[str, str], drawn: int) -> None:
    app = opened("pain", control="fall-50", at="6", **link)
    assert not app.exception
    assert len(charts(app)) == drawn
