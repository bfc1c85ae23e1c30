"""A login by OpenID Connect that would not hold stops the start, and one that held does not vanish with its file."""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event

import pytest
from streamlit import config
from streamlit.runtime.secrets import secrets_singleton
from streamlit.web.server.starlette import starlette_app_utils
from streamlit.web.server.starlette.starlette_server_config import USER_COOKIE_NAME

from pages.server import door
from pages.shared import identity, provider
from pages.shared.identity import Identity
from tests.test_server import start_on

PERSON = "a.name@clinic.example"
SECRET = "c" * 40
SOUND = f"""[auth]
redirect_uri = "https://plro.example.org/oauth2callback"
cookie_secret = "{SECRET}"
"""


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Path]]:
    """Writes ``secrets.toml``, which is then read anew."""
    monkeypatch.setattr(provider, "_begun", Event())
    monkeypatch.delenv(identity.HEADER, raising=False)
    before = config.get_option("secrets.files")
    file = tmp_path / "secrets.toml"
    config.set_option("secrets.files", [str(file)])

    def write(text: str, mode: int = 0o600) -> Path:
        file.write_text(text, encoding="utf-8")
        file.chmod(mode)
        secrets_singleton._reset()
        return file

    yield write
    config.set_option("secrets.files", before)
    secrets_singleton._reset()


FAULTS = {
    "half a file": (SOUND[:20], 0o600, "cannot be read as TOML"),
    "no cookie_secret": (SOUND.replace("cookie_secret", "another"), 0o600, "cookie_secret has fewer than 32"),
    "an empty one": (SOUND.replace(SECRET, ""), 0o600, "cookie_secret has fewer than 32"),
    "one of 31 characters": (SOUND.replace(SECRET, "c" * 31), 0o600, "cookie_secret has fewer than 32"),
    "no redirect_uri": (SOUND.replace("redirect_uri", "another"), 0o600, "redirect_uri is not an address"),
    "another path": (SOUND.replace("oauth2callback", "back"), 0o600, "redirect_uri is not an address"),
    "another scheme": (SOUND.replace("https:", "ftp:"), 0o600, "redirect_uri is not an address"),
    "no host": (SOUND.replace("plro.example.org", ""), 0o600, "redirect_uri is not an address"),
    "a file for everybody": (SOUND, 0o604, "Everybody on this machine can read"),
}


@pytest.mark.parametrize(("text", "mode", "sentence"), FAULTS.values(), ids=FAULTS)
def test_a_login_that_would_not_hold_stops_the_start(
    text: str, mode: int, sentence: str, written: Callable[..., Path]
) -> None:
    written(text, mode)
    with pytest.raises(SystemExit, match=sentence) as stopped:
        provider.check_settings()
    assert SECRET not in str(stopped.value)


def test_the_dashboard_itself_does_not_start_with_half_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / ".streamlit"
    folder.mkdir()
    (folder / "secrets.toml").write_text(SOUND[:20], encoding="utf-8")
    monkeypatch.setenv("HOME", str(tmp_path))
    started = start_on("127.0.0.1")
    assert started.returncode != 0
    assert "cannot be read as TOML, so the dashboard does not start." in started.stdout
    assert "Traceback" not in started.stdout


def test_without_the_section_no_provider_is_asked(written: Callable[..., Path]) -> None:
    for text in ("", 'other = "1"\n'):
        written(text)
        provider.check_settings()
        assert identity.way() == "none"
    written("").unlink()
    provider.check_settings()
    assert identity.way() == "none"


@pytest.mark.parametrize("later", [SOUND[:20], "", None], ids=["half a file", "an empty file", "no file"])
def test_a_login_does_not_vanish_while_the_server_runs(later: str | None, written: Callable[..., Path]) -> None:
    file = written(SOUND)
    provider.check_settings()
    known = signed({"email": PERSON})
    assert identity.of_request(known) == Identity(PERSON)
    if later is None:
        file.unlink()
        secrets_singleton._reset()
    else:
        written(later)
    assert identity.way() == "oidc"
    assert identity.of_request(known) is None
    assert identity.of_request({"type": "http", "headers": []}) is None
    written(SOUND)
    assert identity.of_request(known) == Identity(PERSON)


def signed(claims: dict[str, str], secret: str = SECRET, name: str = USER_COOKIE_NAME) -> dict[str, object]:
    """A request with a cookie as Streamlit signs it when somebody logs in."""
    said = {"is_logged_in": True, "email_verified": True, "origin": "https://plro.example.org"} | claims
    cookie = starlette_app_utils.create_signed_value(secret, name, json.dumps(said)).decode()
    return {"type": "http", "headers": [(b"cookie", f"{USER_COOKIE_NAME}={cookie}".encode())]}


def test_a_cookie_of_another_secret_or_purpose_or_time_is_nobodys(
    written: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    written(SOUND)
    assert identity.of_request(signed({"email": PERSON})) == Identity(PERSON)
    for secret in ("", "d" * 40, SECRET[:-1]):
        assert identity.of_request(signed({"email": PERSON}, secret)) is None
    assert identity.of_request(signed({"email": PERSON}, name="_streamlit_user_tokens")) is None
    old = signed({"email": PERSON})
    now = time.time()
    monkeypatch.setattr("time.time", lambda: now + 32 * 24 * 3600)
    assert identity.of_request(old) is None


def test_whoever_is_asked_by_a_provider_may_come_through_a_proxy(written: Callable[..., Path]) -> None:
    """The door says that no login is configured where none is, and only there."""
    forwarded = {
        "type": "http",
        "path": "/",
        "headers": [(b"x-forwarded-for", b"192.0.2.7")],
        "client": ("127.0.0.1", 5),
    }
    written("")
    assert "no login is configured" in (door.refusal(forwarded) or "")
    written(SOUND)
    assert "no login is configured" not in (door.refusal(forwarded) or "")
