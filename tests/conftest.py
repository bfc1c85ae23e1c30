"""Fixtures that several test files share: a running dashboard, a Chromium, a watched page."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack

import pytest
from playwright.sync_api import Browser, Page, expect

from plro_core.counts.asked import ANSWERS
from tests.browser_tools import Server, Watch, running_chromium, running_server, watch

expect.set_options(timeout=20_000)  # two test processes share two cores with two servers and two browsers


def pytest_runtest_setup() -> None:
    """No test is given answers that another one has asked for: some hear what is asked of an engine."""
    ANSWERS.forget()


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
