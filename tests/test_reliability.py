"""The tools that measure what the server stands and refuses: that they count what they say, and that nothing through is noticed."""

import pytest

from tests.browser_tools import ROOT
from tests.tools import attack, soak


def test_a_thing_that_got_through_is_told_from_one_that_is_allowed(capsys: pytest.CaptureFixture[str]) -> None:
    assert attack.row("a", 10, 1)
    assert not attack.row("b", 10, 3, 3)
    assert attack.row("c", 10, 4, 3)
    assert "| b | 10 | 3 | 3 |" in capsys.readouterr().out


def test_an_attack_of_which_one_part_gets_through_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    class Running:
        def __enter__(self) -> object:
            return self

        def __exit__(self, *_told: object) -> None:
            pass

    monkeypatch.setattr(attack, "running_server", Running)
    for name, got in (
        ("names_and_sites", [False, True]),
        ("taken_rooms", []),
        ("guesses", [False]),
        ("walked", [False]),
        ("forged", [False]),
    ):
        monkeypatch.setattr(attack, name, lambda _server, got=got: iter(got))
    assert attack.main() == 1
    monkeypatch.setattr(attack, "names_and_sites", lambda _server: iter([False]))
    assert attack.main() == 0
    monkeypatch.setattr(attack, "forged", lambda _home: iter([True]))
    assert attack.main() == 1


def test_hostile_links_lead_to_every_page_and_each_holds_the_canary() -> None:
    links = attack.hostile_links()
    assert {link.partition("?")[0] for link in links} == {f"/{page}" for page in attack.PAGES}
    assert all(attack.CANARY in link for link in links)


def test_the_cells_that_no_log_may_hold_are_those_of_the_registry() -> None:
    assert len(attack.cells()) > 20


def test_the_late_ones_are_the_slowest_twentieth() -> None:
    assert soak.late([float(number) for number in range(100)]) == 95.0
    assert soak.late([1.0]) == 1.0


def test_the_figures_are_written_down_with_how_they_were_taken() -> None:
    told = (ROOT / "docs" / "reliability.md").read_text(encoding="utf-8")
    for word in ("make soak", "make attack", "load average", "/healthz", "SIGTERM", "another name or site is answered"):
        assert word in told
