"""The server's edge: every address, asked in every way that is refused, answers with the security headers and nothing else."""

import http.client
import logging
from urllib.parse import urlsplit

import pytest
from starlette.types import Message, Receive, Scope, Send

from pages.server import middleware
from pages.server import server as rooms
from tests.edge_tools import FOREIGN_NAME, FOREIGN_SITE, UPGRADE, asked, every_address, is_covered
from tests.test_server import ask


def test_the_addresses_are_those_of_streamlit_and_ours() -> None:
    known = {
        "/healthz",
        "/readyz",
        "/_stcore/health",
        "/_stcore/stream",
        "/_stcore/metrics",
        "/media/none",
        "/fonts/none",
    }
    assert known <= set(every_address())
    assert len(every_address()) > 20


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE"])
def test_every_answer_carries_the_security_headers(server: str, method: str) -> None:
    bare = [path for path in every_address() if not is_covered(asked(server, path, method=method)[1])]
    assert bare == []


@pytest.mark.parametrize(
    "headers",
    [FOREIGN_NAME, FOREIGN_SITE, {"Host": "127.0.0.1.evil.example"}, {"Host": "user@127.0.0.1"}, {"Host": ""}],
    ids=str,
)
@pytest.mark.parametrize("upgrade", [{}, UPGRADE], ids=["page", "websocket"])
def test_every_address_refuses_other_names_and_other_sites_with_the_headers(
    server: str, headers: dict[str, str], upgrade: dict[str, str]
) -> None:
    for path in every_address():
        status, told, content = asked(server, path, {**upgrade, **headers})
        assert status == 403, path
        assert is_covered(told), path
        assert content.startswith(b"The dashboard "), path


def test_of_two_names_none_is_taken(server: str) -> None:
    place = urlsplit(server).netloc
    for hosts in ([place, "evil.example"], ["evil.example", place]):
        status, told, _ = asked(server, "/readyz", hosts=hosts)
        assert status in (400, 403)
        assert status == 400 or is_covered(told)


def test_a_websocket_that_the_program_refuses_has_the_headers_too(server: str) -> None:
    status, told, content = asked(server, "/_stcore/nowhere", UPGRADE)
    assert (status, content) == (403, b"The connection was refused.")
    assert is_covered(told)


def test_a_websocket_that_is_welcome_is_opened(server: str) -> None:
    assert asked(server, "/_stcore/stream", UPGRADE | {"Origin": server})[0] == 101


@pytest.mark.parametrize(
    "path", ["/_stcore/metrics", "/_stcore/metrics/", "/_stcore/%6detrics", "/_stcore/script-health-check"]
)
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "OPTIONS"])
def test_nobody_is_told_how_many_sessions_there_are(server: str, path: str, method: str) -> None:
    status, told, content = asked(server, path, {"Accept": "application/x-protobuf"}, method)
    assert status == 404
    assert is_covered(told)
    assert b"session" not in content


def test_an_upload_without_its_token_is_refused_with_the_headers(server: str) -> None:
    status, told, _ = asked(server, "/_stcore/upload_file/none/none", {"Content-Length": "0"}, "PUT")
    assert status == 403
    assert is_covered(told)


def test_it_does_not_start_without_names_to_answer_to(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = {"client.showErrorDetails": "none", "server.address": "127.0.0.1", "server.allowedHosts": []}
    monkeypatch.setattr("streamlit.config.get_option", settings.get)
    with pytest.raises(SystemExit, match="STREAMLIT_SERVER_ALLOWED_HOSTS"):
        rooms.refuse_unsafe_settings()


# What nobody has handled


def headers_of(message: Message) -> http.client.HTTPMessage:
    told = http.client.HTTPMessage()
    for name, value in message["headers"]:
        told[name.decode()] = value.decode()
    return told


class Failing:
    """An application that fails, before or after it has begun to answer."""

    def __init__(self, begins: bool, fault: Exception) -> None:
        self.begins, self.fault = begins, fault

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self.begins:
            await send({"type": "http.response.start", "status": 200, "headers": []})
        raise self.fault


def request(kind: str = "http", extensions: tuple[str, ...] = ()) -> Scope:
    return {"type": kind, "method": "GET", "path": "/", "headers": [], "extensions": {key: {} for key in extensions}}


def guarded(app: object) -> middleware.SecurityHeaders:
    return middleware.SecurityHeaders(app, middleware.content_security_policy())  # type: ignore[arg-type]


def test_an_unhandled_error_is_answered_with_the_headers_and_logged_without_its_text(
    caplog: pytest.LogCaptureFixture,
) -> None:
    sent = ask(guarded(Failing(False, ValueError("patient 7 weighs 61 kg"))), request())
    assert sent[0]["status"] == 500
    assert is_covered(headers_of(sent[0]))
    assert b"61" not in sent[1]["body"]
    assert "ValueError" in caplog.text
    assert "test_edge.py" in caplog.text
    assert "61" not in caplog.text


def test_an_answer_that_breaks_off_says_nothing_of_the_reason(caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(RuntimeError, match=r"^An answer broke off\.$") as caught:
        ask(guarded(Failing(True, ValueError("patient 7 weighs 61 kg"))), request())
    assert caught.value.__suppress_context__
    assert "ValueError" in caplog.text
    assert "61" not in caplog.text


def test_a_browser_that_has_gone_is_no_error(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    with pytest.raises(ConnectionResetError):
        ask(guarded(Failing(True, ConnectionResetError())), request())
    assert not caplog.records


def test_a_websocket_is_closed_where_the_server_can_say_no_more() -> None:
    async def closes(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "websocket.close", "code": 1008, "reason": "No."})

    assert ask(guarded(closes), request("websocket"))[0]["type"] == "websocket.close"
    first, second = ask(guarded(closes), request("websocket", ("websocket.http.response",)))
    assert (first["type"], first["status"], second["body"]) == ("websocket.http.response.start", 403, b"No.")
    assert is_covered(headers_of(first))
