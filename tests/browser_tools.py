"""A running dashboard and a Chromium to look at it: what the browser tests and the screenshots share."""

import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, ConsoleMessage, Page, Request, Response, sync_playwright

from tests.tools.chromium import find_chromium

ROOT = Path(__file__).resolve().parents[1]
LOOPBACK = "127.0.0.1"
START_SECONDS = 90.0  # two cores may be starting two servers and two browsers at once
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


# The server


@dataclass
class Server:
    """A dashboard that runs in a process of its own."""

    url: str
    process: subprocess.Popen[bytes]
    home: Path

    @property
    def log(self) -> str:
        """What the server has printed so far."""
        return (self.home / "log").read_text(encoding="utf-8", errors="replace")


@contextmanager
def running_server(
    env: Mapping[str, str] | None = None, wait_for: str = "/readyz", files: Mapping[str, str] | None = None
) -> Iterator[Server]:
    """Start the dashboard on a free port with an empty home folder, and stop it in the end.

    Args:
        env: variables to set, such as PLRO_REGISTRY.
        wait_for: the path that answers 200 once the server is as far as the test needs it.
        files: what lies in the home folder, by its path there.
    """
    home = Path(tempfile.mkdtemp(prefix="plro-"))
    for name, text in (files or {}).items():
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text(text, encoding="utf-8")
        (home / name).chmod(0o600)
    server = start(home, dict(env or {}))
    try:
        wait_until_ok(server, wait_for)
        yield server
    finally:
        stop(server.process)
        shutil.rmtree(home, ignore_errors=True)


def start(home: Path, env: Mapping[str, str]) -> Server:
    """Start the dashboard's process."""
    port = free_port()
    # Streamlit settings of whoever runs the tests must not leak in.
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("STREAMLIT_", "PLRO_"))}
    with (home / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port)],
            cwd=ROOT,
            env={**inherited, "HOME": str(home), **env},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    return Server(f"http://{LOOPBACK}:{port}", process, home)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def wait_until_ok(server: Server, path: str) -> None:
    """Wait until a path answers 200; fail with the server's log if it ends or takes too long."""
    deadline = time.monotonic() + START_SECONDS
    answer = "no answer"
    while time.monotonic() < deadline and server.process.poll() is None:
        try:
            with urllib.request.urlopen(server.url + path, timeout=10):
                return
        except urllib.error.HTTPError as error:
            answer = f"{error.code} {error.read().decode(errors='replace')}"
        except OSError as error:
            answer = str(error)
        time.sleep(0.1)
    raise AssertionError(f"{path} did not become ready ({answer}). The server printed:\n{server.log}")


def stop(process: subprocess.Popen[bytes]) -> None:
    """End the server as an operator would, and by force if it does not listen."""
    process.terminate()
    try:
        process.wait(timeout=15)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


# The browser


@contextmanager
def running_chromium() -> Iterator[Browser]:
    """Start a headless Chromium that resolves no name but the loopback's."""
    path = find_chromium()
    if path is None:
        raise AssertionError("No Chromium was found; 'make setup' installs one, PLRO_CHROMIUM names one.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=CHROMIUM_FLAGS)
        try:
            yield browser
        finally:
            browser.close()


@dataclass
class Watch:
    """What went wrong in a page, as the browser saw it."""

    console_errors: list[str] = field(default_factory=list)
    page_errors: list[str] = field(default_factory=list)
    failed_requests: list[str] = field(default_factory=list)
    external_requests: list[str] = field(default_factory=list)

    def complaints(self) -> list[str]:
        """Everything that went wrong, each with its kind."""
        return [f"{kind}: {text}" for kind, texts in vars(self).items() for text in texts]

    def clear(self) -> None:
        """Forget everything so far."""
        for texts in vars(self).values():
            texts.clear()


def leave(page: Page) -> None:
    """Leave the dashboard before its server stops, so that its attempts to reconnect are not taken for faults."""
    for open_page in page.context.pages:
        open_page.close()


def watch(page: Page, seen: Watch) -> None:
    """Start to write down what goes wrong in a page."""
    page.on("console", lambda message: note_console(seen, message))
    page.on("pageerror", lambda error: seen.page_errors.append(str(error)))
    page.on("request", lambda request: note_request(seen, request))
    page.on("requestfailed", lambda request: note_failure(seen, request))
    page.on("response", lambda response: note_response(seen, response))


def note_console(seen: Watch, message: ConsoleMessage) -> None:
    """Keep an error that the page printed.

    A bare "failed to load" is told better by the response itself, and a page that polls may find the server gone while
    it is being closed.
    """
    harmless = ("Failed to load resource", "Cannot send rerun backMessage when disconnected")
    if message.type == "error" and not message.text.startswith(harmless):
        seen.console_errors.append(message.text)


def note_request(seen: Watch, request: Request) -> None:
    """Keep a request that leaves this machine."""
    address = urlsplit(request.url)
    if address.scheme not in {"data", "blob", "about"} and address.hostname not in {LOOPBACK, "localhost"}:
        seen.external_requests.append(request.url)


def note_failure(seen: Watch, request: Request) -> None:
    """Keep a request without an answer, unless the page itself gave it up, as leaving a page does."""
    if request.failure != "net::ERR_ABORTED":
        seen.failed_requests.append(f"{request.url}: {request.failure}")


def note_response(seen: Watch, response: Response) -> None:
    """Keep an answer that says no, except to Streamlit's own search for its base path on a deep link."""
    harmless = response.status == 404 and re.search(r"/.+/_stcore/(health|host-config)$", response.url)
    if response.status >= 400 and not harmless:
        seen.failed_requests.append(f"{response.url}: {response.status}")


# Installed once in a page, it knows since when nothing has changed.
IS_SETTLED = """(quiet) => {
  if (window.plroLastChange === undefined) {
    window.plroLastChange = performance.now();
    new MutationObserver(() => { window.plroLastChange = performance.now(); })
      .observe(document, {subtree: true, childList: true, attributes: true, characterData: true});
  }
  const app = document.querySelector('[data-testid="stApp"]');
  const ready = app !== null
    && app.getAttribute('data-test-script-state') === 'notRunning'
    && app.getAttribute('data-test-connection-state') === 'CONNECTED'
    && document.querySelector('[data-testid="stSkeleton"], [data-stale="true"]') === null;
  return ready && performance.now() - window.plroLastChange >= quiet;
}"""


def settled(page: Page, timeout: float = 60.0, quiet: float = 0.25) -> Page:
    """Wait until the dashboard has drawn all it wants to draw, and return the page.

    Args:
        page: a page that shows the dashboard.
        timeout: seconds until it is a failure.
        quiet: seconds for which nothing may have changed.
    """
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline:
        if page.evaluate(IS_SETTLED, quiet * 1000):
            return page
        page.wait_for_timeout(50)
    raise AssertionError(f"{page.url} did not settle in {timeout:.0f} s.")
