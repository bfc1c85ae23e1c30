"""Who asks is whom a login names: at every address of a running server, and through a real provider in a browser."""

import re
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from oidc_provider_mock import run_server_in_thread
from oidc_provider_mock._storage import User
from playwright.sync_api import Browser, Page, expect

from pages.live.rooms import Scene
from pages.live.watching import allowed
from pages.shared import identity
from pages.shared.identity import Forged, Identity
from plro_core.access import Role
from tests.browser_tools import Server, running_server
from tests.edge_tools import UPGRADE, asked, every_address, is_covered
from tests.foreign_registries import one
from tests.test_server import start_on

#: The provider in the tests is built on parts of a library that are to go.
pytestmark = pytest.mark.filterwarnings("ignore::authlib.deprecate.AuthlibDeprecationWarning")

SECRET = "s" * 40
PERSON = "a.name@clinic.example"
NAMED = {"X-Forwarded-User": PERSON, "X-PLRO-Secret": SECRET}
HEALTH = {"/healthz", "/readyz"}


@pytest.fixture
def secret_file(tmp_path: Path) -> Path:
    path = tmp_path / "secret"
    path.write_text(SECRET + "\n", encoding="ascii")
    path.chmod(0o600)
    return path


@pytest.fixture
def behind(monkeypatch: pytest.MonkeyPatch, secret_file: Path) -> None:
    """A proxy asks for the login."""
    monkeypatch.setenv(identity.HEADER, "X-Forwarded-User")
    monkeypatch.setenv(identity.SECRET_FILE, str(secret_file))


def scope(*pairs: tuple[str, str], **more: object) -> dict[str, Any]:
    """A request with such headers, from this machine."""
    headers = [(name.lower().encode(), value.encode("latin-1")) for name, value in pairs]
    return {"type": "http", "method": "GET", "path": "/", "headers": headers, "client": ("127.0.0.1", 5)} | more


REFUSED = {
    "nothing": (),
    "no secret": (("X-Forwarded-User", PERSON),),
    "another secret": (("X-Forwarded-User", PERSON), ("X-PLRO-Secret", "t" * 40)),
    "a part of it": (("X-Forwarded-User", PERSON), ("X-PLRO-Secret", SECRET[:-1])),
    "two secrets": (("X-Forwarded-User", PERSON), ("X-PLRO-Secret", SECRET), ("X-PLRO-Secret", SECRET)),
    "two people": (("X-Forwarded-User", PERSON), ("X-Forwarded-User", "b@c"), ("X-PLRO-Secret", SECRET)),
    "nobody": (("X-Forwarded-User", " "), ("X-PLRO-Secret", SECRET)),
    "a name that no journal takes": (("X-Forwarded-User", "a\x7fb"), ("X-PLRO-Secret", SECRET)),
    "a name without end": (("X-Forwarded-User", "a" * 121), ("X-PLRO-Secret", SECRET)),
}


@pytest.mark.parametrize("pairs", REFUSED.values(), ids=REFUSED)
@pytest.mark.usefixtures("behind")
def test_a_request_that_the_proxy_did_not_send_is_forged(pairs: tuple[tuple[str, str], ...]) -> None:
    with pytest.raises(Forged):
        identity.of_request(scope(*pairs))


@pytest.mark.usefixtures("behind")
def test_the_proxy_names_one_person() -> None:
    assert identity.of_request(scope(*NAMED.items())) == Identity(PERSON)


@pytest.mark.usefixtures("behind")
def test_a_name_is_read_as_the_proxy_sent_it() -> None:
    def found(sent: bytes) -> Identity | None:
        headers = [(b"x-forwarded-user", sent), (b"x-plro-secret", SECRET.encode())]
        return identity.of_request({"type": "http", "headers": headers})

    assert found("Jörg À".encode()) == Identity("Jörg À")
    assert found(b"J%C3%B6rg") == Identity("J%C3%B6rg")  # no second reading, which could make another's name
    for sent in ("Jörg".encode("latin-1"), "a\u202eb".encode(), "a\u0085b".encode()):
        with pytest.raises(Forged):
            found(sent)


FILES = {
    "": ("names no file that can be read", 0o600),
    "short": ("names a file with fewer than 32 characters", 0o600),
    "ä" * 40: ("names a file that holds other characters than letters, digits and signs", 0o600),
    SECRET: ("names a file that everybody on this machine can read", 0o604),
}


@pytest.mark.parametrize("text", FILES)
@pytest.mark.usefixtures("behind")
def test_a_secret_that_would_not_hold_stops_the_start(text: str, secret_file: Path) -> None:
    sentence, mode = FILES[text]
    secret_file.write_text(text, encoding="utf-8")
    secret_file.chmod(mode)
    if not text:
        secret_file.unlink()
    with pytest.raises(SystemExit, match=sentence):
        identity.check_settings()
    with pytest.raises(Forged):
        identity.of_request(scope(*NAMED.items()))


CLAIMS: dict[str, tuple[dict[str, Any], str]] = {
    "an address of which nothing is said": ({"is_logged_in": True, "email": PERSON}, ""),
    "one beside a name of the provider's own": ({"is_logged_in": True, "email": PERSON, "sub": "7f"}, "7f"),
    "an address as the provider's own name": ({"is_logged_in": True, "sub": PERSON}, ""),
    "a verified one": ({"is_logged_in": True, "email": PERSON, "email_verified": True}, PERSON),
    "one that nobody has verified": ({"is_logged_in": True, "email": PERSON, "email_verified": False, "sub": "7"}, ""),
    "one with something else there": ({"is_logged_in": True, "email": PERSON, "email_verified": "no"}, ""),
    "a name of the provider's own": ({"is_logged_in": True, "sub": "7f"}, "7f"),
    "nobody": ({"is_logged_in": True}, ""),
    "somebody who has left": ({"is_logged_in": False, "email": PERSON}, ""),
    "a truth that is a word": ({"is_logged_in": "yes", "email": PERSON}, ""),
    "a list": ({"is_logged_in": True, "email": [PERSON], "email_verified": True}, ""),
    "two lines": ({"is_logged_in": True, "email": f"{PERSON}\nadmin", "email_verified": True}, ""),
}


@pytest.mark.parametrize(("claims", "name"), CLAIMS.values(), ids=CLAIMS)
def test_what_a_provider_says_names_one_person_or_nobody(claims: dict[str, Any], name: str) -> None:
    found = identity._of_claims(claims)
    assert (found.name if found else "") == name


@pytest.mark.parametrize("address", ["0.0.0.0", "127.0.0.1"])
def test_it_does_not_start_for_others_without_a_login(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLRO_BEHIND_PROXY", "yes")
    started = start_on(address)
    assert started.returncode != 0
    assert "no login is configured" in started.stdout
    assert "Traceback" not in started.stdout


# A server whose proxy asks for the login


@pytest.fixture(scope="module")
def proxied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    home = tmp_path_factory.mktemp("proxied")
    folder = one(home / "own")
    (folder / "access.toml").write_text(f'[people]\n"{PERSON}" = "team"\n', encoding="utf-8")
    secret = home / "secret"
    secret.write_text(SECRET, encoding="ascii")
    secret.chmod(0o600)
    env = {
        identity.HEADER: "X-Forwarded-User",
        identity.SECRET_FILE: str(secret),
        "PLRO_REGISTRY": str(folder),
    }
    with running_server(env) as server:
        yield server


@pytest.mark.parametrize("path", [path for path in every_address() if path not in HEALTH])
def test_no_address_answers_whom_the_proxy_does_not_name(path: str, proxied: Server) -> None:
    for headers in ({}, {"X-Forwarded-User": PERSON}, NAMED | {"X-PLRO-Secret": "t" * 40}):
        status, answered, content = asked(proxied.url, path, headers)
        assert status == 403
        assert is_covered(answered)
        assert content in (
            b"The dashboard answers its proxy only, which asks for a login.",
            b"The proxy does not say who asks.",
        )
        assert asked(proxied.url, path, UPGRADE | headers)[0] == 403
    assert asked(proxied.url, path, NAMED)[0] != 403 or path.endswith(("stream", "upload_file"))


def test_health_is_told_on_this_machine_and_not_through_a_proxy(proxied: Server) -> None:
    for path in HEALTH:
        assert asked(proxied.url, path)[0] == 200
        assert asked(proxied.url, path, {"X-Forwarded-For": "192.0.2.7"})[0] == 403
        assert asked(proxied.url, path, NAMED | {"X-Forwarded-For": "192.0.2.7"})[0] == 200


def test_a_name_sent_twice_is_nobodys(proxied: Server) -> None:
    place = urlsplit(proxied.url)
    for first, second in ((PERSON, "b@c"), (PERSON, PERSON)):
        with socket.create_connection((place.hostname or "", place.port or 80), timeout=30) as raw:
            lines = ["GET / HTTP/1.1", f"Host: {place.netloc}", "Connection: close", f"X-PLRO-Secret: {SECRET}"]
            lines += [f"X-Forwarded-User: {first}", f"x-forwarded-user: {second}", "", ""]
            raw.sendall("\r\n".join(lines).encode())
            assert raw.recv(100).startswith(b"HTTP/1.1 403")


def test_without_a_login_nobody_is_answered_through_a_proxy(server: str) -> None:
    for header in ("X-Forwarded-For", "Forwarded", "X-Real-IP"):
        status, _, content = asked(server, "/", {header: "192.0.2.7"})
        assert (status, content) == (403, b"The dashboard answers this machine only, because no login is configured.")
    assert asked(server, "/", {"X-Forwarded-User": PERSON})[0] == 200  # a name without a login is no name


def test_files_are_taken_from_those_who_are_logged_in(clinic: tuple[Server, Path]) -> None:
    status, _, content = asked(clinic[0].url, "/_stcore/upload_file/none/none", method="PUT")
    assert (status, content) == (403, b"The dashboard takes files from those who are logged in only.")


# Rooms


def test_a_room_is_watched_by_those_who_may_see_its_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, secret_file: Path
) -> None:
    folder = one(tmp_path / "own")
    monkeypatch.setenv("PLRO_REGISTRY", str(folder))
    monkeypatch.setattr(allowed.registries, "served", lambda: {"own": folder})
    scene = Scene("pain", (), "", "own")
    asking = scope(*NAMED.items())
    assert allowed.may_watch(asking, scene)  # no login, this machine
    monkeypatch.setenv(identity.HEADER, "X-Forwarded-User")
    monkeypatch.setenv(identity.SECRET_FILE, str(secret_file))
    assert not allowed.may_watch(asking, scene)
    for role in Role:
        (folder / "access.toml").write_text(f'[people]\n"{PERSON}" = "{role}"\n', encoding="utf-8")
        assert allowed.may_watch(asking, scene) is (role != Role.VIEWER)
    assert not allowed.may_watch(scope(("X-Forwarded-User", PERSON)), scene)
    assert allowed.allowed(asking, lambda _: None)("ABCDEF") is None
    assert allowed.may_watch(asking, scene)
    assert not allowed.may_watch(asking, Scene("pain", (), "", "a registry that is not served any more"))
    beside = one(tmp_path / "beside")  # where he has no role
    monkeypatch.setattr(allowed.registries, "served", lambda: {"own": folder, "beside": beside})
    for key in ("beside", "beside-"):
        compared = Scene("compare", ((key, "beside"),), "", "own")
        assert not allowed.may_watch(asking, compared)
        (beside / "access.toml").write_text(f'[people]\n"{PERSON}" = "team"\n', encoding="utf-8")
        assert allowed.may_watch(asking, compared)
        (beside / "access.toml").unlink()


# A provider, and a team of five roles, each in a browser of its own

TEAM = {role: f"{role}@clinic.example" for role in Role}


@pytest.fixture(scope="module")
def provider() -> Iterator[str]:
    users = [
        User(sub=name, claims={"email": name, "email_verified": True})
        for name in (*TEAM.values(), "stranger@x.example")
    ]
    users.append(User(sub="liar", claims={"email": TEAM[Role.ADMIN], "email_verified": False}))
    with run_server_in_thread(user_claims=users) as running:
        yield f"http://localhost:{running.server_port}"


@pytest.fixture(scope="module")
def clinic(provider: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, Path]]:
    folder = one(tmp_path_factory.mktemp("clinic") / "own")
    people = "\n".join(f'"{name}" = "{role}"' for role, name in TEAM.items())
    (folder / "access.toml").write_text(f"[people]\n{people}\n", encoding="utf-8")
    secrets = f"""
[auth]
redirect_uri = "http://127.0.0.1:{{port}}/oauth2callback"
cookie_secret = "{"c" * 40}"
client_id = "plro"
client_secret = "between the two"
server_metadata_url = "{provider}/.well-known/openid-configuration"
"""
    with running_server({"PLRO_REGISTRY": str(folder)}, files={".streamlit/secrets.toml": secrets}) as server:
        yield server, folder


def logged_in(browser: Browser, server: Server, sub: str, path: str = "") -> Page:
    page = browser.new_context(viewport={"width": 1366, "height": 768}).new_page()
    page.goto(f"{server.url}/{path}")
    page.get_by_role("button", name="Log in").click()
    page.locator("input[name=sub]").fill(sub)
    page.get_by_role("button", name="Authorize").click()
    page.wait_for_url(re.compile(re.escape(server.url)))
    return page


def test_five_roles_walk_in_five_browsers(chromium: Browser, clinic: tuple[Server, Path]) -> None:
    server, _ = clinic
    for role, name in TEAM.items():
        page = logged_in(chromium, server, name)
        expect(page.get_by_text(f"{name} · {role}")).to_be_visible()
        page.goto(f"{server.url}/registry?part=history")
        expect(page.get_by_text(f"{name} · {role}")).to_be_visible()
        may_see = role != Role.VIEWER
        expect(page.get_by_text("Which versions are there?")).to_have_count(int(may_see))
        page.goto(f"{server.url}/patients?patient=1")
        expect(page.get_by_text(f"{name} · {role}")).to_be_visible()
        expect(page.get_by_role("heading", name="Patient 1").first).to_be_visible(visible=may_see)
        page.context.close()


def test_a_stranger_a_liar_and_nobody_see_nothing(chromium: Browser, clinic: tuple[Server, Path]) -> None:
    server, _ = clinic
    page = logged_in(chromium, server, "stranger@x.example")
    expect(page.get_by_text("you may not look at this registry")).to_be_visible()
    page.context.close()
    page = logged_in(chromium, server, "liar")
    expect(page.get_by_role("button", name="Log in")).to_be_visible()
    page.context.close()


def test_whoever_logs_out_or_changes_his_cookie_is_nobody(chromium: Browser, clinic: tuple[Server, Path]) -> None:
    server, folder = clinic
    page = logged_in(chromium, server, TEAM[Role.TEAM])
    expect(page.get_by_text(f"{TEAM[Role.TEAM]} · team")).to_be_visible()
    cookies = {cookie["name"]: cookie for cookie in page.context.cookies()}
    held = cookies["_streamlit_user"]["value"]
    assert TEAM[Role.TEAM] not in held  # signed and packed
    for forged in (held[:-2] + "AA", held[::-1], ""):
        page.context.add_cookies([{**cookies["_streamlit_user"], "value": forged or "x"}])
        page.goto(server.url)
        expect(page.get_by_role("button", name="Log in")).to_be_visible()
    page.context.add_cookies([{**cookies["_streamlit_user"], "value": held}])
    page.goto(server.url)
    expect(page.get_by_text(f"{TEAM[Role.TEAM]} · team")).to_be_visible()
    before = (folder / "access.toml").read_text(encoding="utf-8")
    (folder / "access.toml").write_text("[people]\n", encoding="utf-8")
    page.reload()
    expect(page.get_by_text("you may not look at this registry")).to_be_visible()
    (folder / "access.toml").write_text(before, encoding="utf-8")
    page.reload()
    page.get_by_role("button", name="Log out").click()
    page.wait_for_timeout(500)
    page.goto(server.url)
    expect(page.get_by_role("button", name="Log in")).to_be_visible()
    page.context.close()
