"""Fixtures that several test files share: a running dashboard, a Chromium, a watched page."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from importlib import import_module

import pytest
from playwright.sync_api import Browser, Page, expect

from plro_core.confined import BrokenOff, Limits, asking
from plro_core.confined.message import packed, unpacked
from plro_core.counts.asked import ANSWERS
from plro_core.problems import PlainProblem
from tests.browser_tools import Server, Watch, running_chromium, running_server, watch

#: A walk with fewer cases has its branches counted in each.
_LONG_WALK = 12


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Of a long parametrised walk count branches in some cases only; the others run as well, uncounted.

    Counting makes a case two to four times as long. What is walked through (mostly figures) is counted once with each value of
    each other parameter: a further combination of a cohort, a group and a size takes branches that were taken before.
    """
    walks: dict[str, list[pytest.Function]] = {}
    for item in items:
        if isinstance(item, pytest.Function) and hasattr(item, "callspec"):
            walks.setdefault(item.nodeid.partition("[")[0], []).append(item)
    for walk in walks.values():
        if len(walk) >= _LONG_WALK:
            _count_branches_in_some(walk)


def _count_branches_in_some(walk: list[pytest.Function]) -> None:
    cases = [{name: repr(value) for name, value in item.callspec.params.items()} for item in walk]
    widest = max(cases[0], key=lambda name: len({case.get(name) for case in cases}))
    seen: set[tuple[str | None, str, str]] = set()
    for item, case in zip(walk, cases, strict=True):
        met = {(case.get(widest), name, value) for name, value in case.items()}
        if met <= seen:
            item.add_marker("no_cover")
        seen |= met


expect.set_options(timeout=20_000)  # two test processes share two cores with two servers and two browsers


def pytest_runtest_setup() -> None:
    """No test is given answers that another one has asked for: some hear what is asked of an engine."""
    ANSWERS.forget()


@pytest.fixture
def read_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """What strangers hand over is read in this process, without the start of another one for each of many files.

    Requests and answers are packed as for the other process; that it is one is held by ``test_confined`` and by all who do not ask
    for this.
    """

    def answered(task: str, request: bytes, _: Limits) -> bytes:
        try:
            value, files = import_module(task).answer(*unpacked(request))
        except PlainProblem as problem:
            return packed({"problem": str(problem)})
        except Exception as problem:
            told = f"the program that reads such files met an unexpected problem of type {type(problem).__name__}."
            raise BrokenOff(told) from None
        return packed({"answer": value}, files)

    monkeypatch.setattr(asking, "_answer", answered)


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """The address of a dashboard with the shipped registry; one for each test process."""
    with running_server() as running:
        yield running.url


@pytest.fixture
def fresh_server() -> Iterator[Callable[..., Server]]:
    """Starts a dashboard that nobody has visited: ``fresh_server({"PLRO_REGISTRY": …}, wait_for=…)``."""
    with ExitStack() as running:

        def begin(env: Mapping[str, str] | None = None, wait_for: str = "/readyz") -> Server:
            return running.enter_context(running_server(env, wait_for))

        yield begin


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """A headless Chromium; one for each test process."""
    with running_chromium() as browser:
        yield browser


@pytest.fixture
def watched() -> Watch:
    """What goes wrong in the test's page; a test that provokes a fault clears it."""
    return Watch()


@pytest.fixture
def page(chromium: Browser, watched: Watch) -> Iterator[Page]:
    """An empty page; the test fails if it met an error or asked for anything outside this machine."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, color_scheme="light", locale="en-GB")
    page = context.new_page()
    watch(page, watched)
    yield page
    context.close()
    assert watched.complaints() == []
