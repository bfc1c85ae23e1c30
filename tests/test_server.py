"""The server around the pages: health, policy, fonts, compression, and what it refuses (see test_edge.py for all addresses)."""

import asyncio
import gzip
import json
import logging
import os
import shutil
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from email.message import Message as HeaderFields
from pathlib import Path

import pytest
from playwright.sync_api import Page
from starlette.requests import Request
from starlette.types import Message, Receive, Scope, Send

from pages.server import door, errors, middleware
from pages.server import server as rooms
from plro_core.export.images import printed_faces
from plro_core.problems import TOO_LITTLE_MEMORY, RegistryProblem
from plro_core.store import SHIPPED, open_registry
from tests.browser_tools import ROOT, Server, free_port, leave, settled, wait_until_ok


def get(url: str, headers: Mapping[str, str] | None = None) -> tuple[int, "HeaderFields[str, str]", bytes]:
    """Status, headers and content of an answer, whether it says yes or no."""
    request = urllib.request.Request(url, headers=dict(headers or {}))
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read()


def program_file(server: str) -> str:
    """The path of one of Streamlit's own program files, as its page names it."""
    page = get(server + "/")[2].decode()
    return "/" + page.split('crossorigin src="./')[1].split('"')[0]


# Health


def test_healthz_says_that_the_process_is_up(server: str) -> None:
    status, _, content = get(server + "/healthz")
    assert (status, content) == (200, b"ok")


def test_readyz_names_the_version_that_is_served(server: str) -> None:
    status, headers, content = get(server + "/readyz")
    answer = json.loads(content)
    assert status == 200
    assert headers["Cache-Control"] == "no-store"
    assert answer["status"] == "ready"
    assert answer["registries"]["published"]


def test_readyz_says_in_one_sentence_that_a_registry_is_not_served(
    fresh_server: Callable[..., Server], tmp_path: Path
) -> None:
    broken = fresh_server({"PLRO_REGISTRY": str(tmp_path)}, wait_for="/healthz")
    status, _, content = get(broken.url + "/readyz")
    assert status == 503
    assert content.decode() == f"“{tmp_path.name}” does not open; the Registry page says why."
    assert get(broken.url + "/healthz")[0] == 200


def ready(monkeypatch: pytest.MonkeyPatch, *folders: Path | str) -> tuple[int, str]:
    """What ``/readyz`` answers where these registries are served."""
    monkeypatch.setenv("PLRO_REGISTRY", os.pathsep.join(map(str, folders)))
    answer = rooms.readyz(Request({"type": "http"}))
    return answer.status_code, bytes(answer.body).decode()


def test_readyz_reads_the_pointer_and_manifest_of_every_registry_and_names_those_at_fault_alone(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    sound, cut, lost, nowhere, empty = (tmp_path / name for name in ("sound", "cut", "lost", "nowhere", "empty"))
    for folder in (sound, cut, lost, nowhere):
        shutil.copytree(SHIPPED, folder, ignore=shutil.ignore_patterns("source"))
    empty.mkdir()
    published = (sound / "CURRENT").read_text(encoding="utf-8").split()[0]
    manifest = cut / "versions" / published / "manifest.json"
    manifest.write_bytes(manifest.read_bytes()[:-20])
    (lost / "versions" / published / "manifest.json").unlink()
    (nowhere / "CURRENT").write_text("2026-01-01", encoding="utf-8")
    status, told = ready(monkeypatch, "published", sound)
    assert (status, json.loads(told)["registries"]) == (200, {"published": published, "sound": published})
    for folder in (cut, lost, nowhere, empty):
        assert ready(monkeypatch, sound, folder) == (503, f"“{folder.name}” does not open; the Registry page says why.")
    assert ready(monkeypatch, cut, sound, empty) == (
        503,
        "“cut” and “empty” do not open; the Registry page says why.",
    )


def test_readyz_opens_no_registry_so_altered_data_are_seen_when_a_page_opens_them(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    altered = tmp_path / "altered"
    shutil.copytree(SHIPPED, altered, ignore=shutil.ignore_patterns("source"))
    published = (altered / "CURRENT").read_text(encoding="utf-8").split()[0]
    file = altered / "versions" / published / "cases.parquet"
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    read: list[str] = []
    was_read = Path.read_bytes
    monkeypatch.setattr(Path, "read_bytes", lambda path: (read.append(path.name), was_read(path))[1])
    assert ready(monkeypatch, altered)[0] == 200
    assert not [name for name in read if name.endswith(".parquet")]
    with pytest.raises(RegistryProblem, match="altered"):
        open_registry(altered)


def test_readyz_says_that_two_registries_have_one_name(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    status, told = ready(monkeypatch, "published", tmp_path / "a" / "ours", tmp_path / "b" / "ours")
    assert status == 503
    assert told == "PLRO_REGISTRY names two registries called “ours”; expected folders with different names."


def test_readyz_never_quotes_a_cell(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def refuse(_folder: Path) -> None:
        raise RegistryProblem("cases.parquet, patient 7, column age: 371; expected 10 to 60.")

    monkeypatch.setattr("plro_core.store.sound_manifest", refuse)
    assert "371" not in ready(monkeypatch, tmp_path)[1]


# Headers


def test_the_policy_allows_no_other_origin_and_no_unnamed_script(server: str) -> None:
    policy = get(server + "/")[1]["Content-Security-Policy"]
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    assert rules["frame-ancestors"] == "'none'"
    assert "http" not in policy
    assert "unsafe" not in rules["script-src"]
    assert len(middleware.inline_script_hashes()) >= 1


def test_downloads_are_not_cached(server: str) -> None:
    assert get(server + "/media/none")[1]["Cache-Control"] == "no-store"


def test_a_team_may_embed_the_dashboard_in_sites_it_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLRO_FRAME_ANCESTORS", "'self' https://wiki.example.org")
    assert "frame-ancestors 'self' https://wiki.example.org;" in middleware.content_security_policy()


@pytest.mark.parametrize("hostile", ["*; script-src *", "https://a.example\r\nX: y", "javascript:alert(1)", ""])
def test_a_malformed_list_of_sites_stops_the_start(monkeypatch: pytest.MonkeyPatch, hostile: str) -> None:
    monkeypatch.setenv("PLRO_FRAME_ANCESTORS", hostile)
    with pytest.raises(SystemExit, match="PLRO_FRAME_ANCESTORS"):
        rooms.frame_ancestors()


# Fonts and program files


def test_fonts_are_served_and_kept(server: str) -> None:
    for file in rooms.FONTS.glob("*.woff2"):
        status, headers, content = get(f"{server}/fonts/{file.name}")
        assert status == 200
        assert content == file.read_bytes()
        assert "immutable" in headers["Cache-Control"]
    assert "Cache-Control" not in get(server + "/fonts/none.woff2")[1]


def test_the_fonts_licence_lies_beside_them() -> None:
    assert "SIL OPEN FONT LICENSE" in (rooms.FONTS / "OFL.txt").read_text(encoding="utf-8")


def test_every_font_of_the_theme_exists() -> None:
    settings = (ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8")
    named = [line.split("/")[-1].strip('"') for line in settings.splitlines() if line.startswith("url = ")]
    assert sorted(named) == sorted(file.name for file in rooms.FONTS.glob("*-wght-*.woff2"))
    printed = {file.name for file in rooms.FONTS.glob("*.woff2")} - set(named)  # a file a weight, for pictures alone
    assert len(printed) == printed_faces().count("@font-face")


def test_program_files_come_compressed_and_whole(server: str) -> None:
    path = program_file(server)
    plain = get(server + path, {"Accept-Encoding": "identity"})[2]
    _, headers, packed = get(server + path, {"Accept-Encoding": "gzip"})
    assert headers["Content-Encoding"] == "gzip"
    assert headers["Vary"] == "Accept-Encoding"
    assert headers["Content-Type"].startswith("text/javascript")
    assert gzip.decompress(packed) == plain
    assert len(packed) < len(plain)


def test_a_path_that_climbs_out_of_the_folder_finds_nothing(server: str) -> None:
    for path in ["/static/../index.html", "/static/%2e%2e/%2e%2e/__init__.py", "/fonts/%2e%2e/server.py"]:
        status, _, content = get(server + path, {"Accept-Encoding": "gzip"})
        assert status in {400, 404} or b"<!DOCTYPE html>" in content
        assert b"import" not in content[:200]


# What it refuses


@pytest.mark.parametrize(
    ("address", "loopback"),
    [
        ("127.0.0.1", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("::", False),
        (None, False),
        ("192.0.2.7", False),
        ("plro.example.org", False),
    ],
)
def test_only_the_loopback_counts_as_this_machine(address: str | None, loopback: bool) -> None:
    assert rooms.is_loopback(address) is loopback


def test_it_does_not_start_on_a_public_address_by_itself() -> None:
    started = start_on("0.0.0.0")
    assert started.returncode != 0
    assert "PLRO_BEHIND_PROXY=yes" in started.stdout
    assert "Traceback" not in started.stdout


def start_on(address: str) -> subprocess.CompletedProcess[str]:
    """Start the dashboard on an address where it is expected to stop at once."""
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.address", address]
    return subprocess.run(
        [*command, "--server.port", str(free_port())],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=60,
        check=False,
    )


def test_it_does_not_start_without_its_own_settings(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "uvicorn", "app:app", "--app-dir", str(ROOT), "--port", str(free_port())]
    started = subprocess.run(
        command,
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=60,
        check=False,
    )
    assert started.returncode != 0
    assert "start it from its folder" in started.stdout


async def answer_ok(_scope: Scope, _receive: Receive, send: Send) -> None:
    """Stands for the dashboard behind a layer."""
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b""})


def ask(app: Callable[..., object], scope: Scope) -> list[Message]:
    """What an ASGI application sends for one request."""
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request"}

    async def send(message: Message) -> None:
        sent.append(message)

    with ThreadPoolExecutor(1) as apart:  # the browser fixtures may keep a loop running in this thread
        apart.submit(asyncio.run, app(scope, receive, send)).result()  # type: ignore[arg-type]
    return sent


@pytest.mark.parametrize(
    ("server_address", "proxy", "status"),
    [("127.0.0.1", "", 200), ("192.0.2.7", "", 403), ("192.0.2.7", "yes", 200), ("192.0.2.7", "no", 403)],
)
def test_a_request_from_outside_needs_a_declared_proxy(
    monkeypatch: pytest.MonkeyPatch, server_address: str, proxy: str, status: int
) -> None:
    monkeypatch.setenv("PLRO_BEHIND_PROXY", proxy)
    named = [(b"host", b"127.0.0.1:8501")]
    scope = {"type": "http", "method": "GET", "path": "/", "headers": named, "server": (server_address, 8501)}
    assert ask(door.Doorkeeper(answer_ok), scope)[0]["status"] == status


def test_a_websocket_from_outside_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PLRO_BEHIND_PROXY", raising=False)
    sent = ask(door.Doorkeeper(answer_ok), {"type": "websocket", "headers": [], "server": ("192.0.2.7", 8501)})
    assert [(message["type"], message["code"]) for message in sent] == [("websocket.close", 1008)]


@pytest.mark.parametrize(
    ("origin", "host", "status"),
    [
        ("http://127.0.0.1:8501", "127.0.0.1:8501", 200),
        ("https://plro.example.org", "plro.example.org", 200),
        ("https://plro.example.org", "plro.example.org:443", 200),
        ("https://evil.example", "plro.example.org", 403),
        ("https://plro.example.org.evil.example", "plro.example.org", 403),
        ("http://127.0.0.1:9000", "127.0.0.1:8501", 403),
        ("null", "127.0.0.1:8501", 403),
    ],
)
def test_only_its_own_pages_may_ask(monkeypatch: pytest.MonkeyPatch, origin: str, host: str, status: int) -> None:
    monkeypatch.setattr(door, "is_host_allowed", lambda _host: True)
    headers = [(b"origin", origin.encode()), (b"host", host.encode())]
    scope = {"type": "http", "method": "GET", "path": "/", "headers": headers, "server": ("127.0.0.1", 8501)}
    assert ask(door.Doorkeeper(answer_ok), scope)[0]["status"] == status


def test_another_sites_connection_ends_at_the_door(fresh_server: Callable[..., Server]) -> None:
    running = fresh_server(wait_for="/healthz")
    upgrade = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13"}
    key = {"Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==", "Origin": "https://evil.example"}
    assert get(running.url + "/_stcore/stream", {**upgrade, **key})[0] == 403
    assert "external IP" not in running.log


# Errors


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What a page shows as an error."""
    texts: list[str] = []
    monkeypatch.setattr("streamlit.error", texts.append)
    return texts


def test_an_errors_text_reaches_neither_page_nor_log(shown: list[str], caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(ValueError, match="61") as caught:
        raise ValueError("patient 7 weighs 61 kg")
    assert errors.report_script_error(caught.value) is True
    assert "weighs" not in shown[0] + caplog.text
    number = shown[0].rstrip(".").split()[-1]
    assert number in caplog.text
    assert "ValueError" in caplog.text
    assert "test_server.py" in caplog.text


def test_a_plain_problem_is_shown_as_it_is(shown: list[str]) -> None:
    assert errors.report_script_error(RegistryProblem("The registry has no pointer.")) is True
    assert shown[0].replace("\\", "") == "The registry has no pointer."


def test_too_little_memory_is_said_in_one_sentence(shown: list[str], caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(MemoryError) as caught:
        raise MemoryError("Unable to allocate 61.0 GiB for an array")
    assert errors.report_script_error(caught.value) is True
    assert shown == [TOO_LITTLE_MEMORY]
    assert "61" not in caplog.text


def test_streamlits_own_report_loses_the_exception() -> None:
    record = logging.LogRecord(
        "x", logging.ERROR, "x", 1, "Uncaught app execution", None, (ValueError, ValueError(), None)
    )
    errors.silence_exception_texts()
    errors.WithoutExceptionText().filter(record)
    assert "ValueError" not in logging.Formatter().format(record)


# In the browser


@pytest.mark.browser
def test_the_page_works_under_its_policy_with_its_own_font(server: str, page: Page) -> None:
    page.goto(server)
    settled(page)
    page.evaluate("document.fonts.ready")
    loaded = page.evaluate("[...document.fonts].filter(f => f.status === 'loaded').map(f => f.family)")
    assert any("IBM Plex Sans" in family for family in loaded)
    font = page.evaluate("getComputedStyle(document.querySelector('[data-testid=stApp]')).fontFamily")
    assert "IBM Plex Sans" in font


@pytest.mark.browser
def test_uvicorn_serves_the_same_dashboard(page: Page, tmp_path: Path) -> None:
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", "app:app", "--port", str(port)]
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=subprocess.STDOUT)
    try:
        running = Server(f"http://127.0.0.1:{port}", process, tmp_path)
        wait_until_ok(running, "/readyz")
        page.goto(running.url)
        settled(page)
        leave(page)
    finally:
        process.terminate()
        process.wait(timeout=15)
