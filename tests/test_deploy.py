"""What the files in ``deploy/`` promise: encryption, a login for every address, no right that is not needed, a backup every night."""

import json
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from pages.server import door
from pages.shared import identity
from tests.browser_tools import ROOT

DEPLOY = ROOT / "deploy"

#: What no unit may do, whatever it is for.
WALLS = {
    "NoNewPrivileges": "yes",
    "ProtectSystem": "strict",
    "ProtectHome": "yes",
    "PrivateTmp": "yes",
    "PrivateDevices": "yes",
    "ProtectKernelModules": "yes",
    "ProtectKernelTunables": "yes",
    "RestrictNamespaces": "yes",
    "RestrictSUIDSGID": "yes",
    "LockPersonality": "yes",
    "CapabilityBoundingSet": "",
    "SystemCallArchitectures": "native",
    "UMask": "0077",
}


# nginx


@dataclass
class Block:
    """A block of nginx's settings: its own directives, and the blocks in it by their heads."""

    directives: list[tuple[str, ...]] = field(default_factory=list)
    blocks: list[tuple[tuple[str, ...], "Block"]] = field(default_factory=list)

    def all(self, name: str) -> list[tuple[str, ...]]:
        """What follows a name, each time that it is given."""
        return [words[1:] for words in self.directives if words[0] == name]

    def one(self, name: str) -> tuple[str, ...]:
        (words,) = self.all(name)
        return words

    def within(self, *head: str) -> "Block":
        (found,) = [block for words, block in self.blocks if words == head]
        return found


def nginx(name: str) -> Block:
    """A file of nginx's settings, read as nginx reads it."""
    words = re.findall(r'#[^\n]*|"[^"]*"|[{};]|[^\s{};"]+', (DEPLOY / name).read_text(encoding="utf-8"))
    left = iter([word for word in words if not word.startswith("#")])
    found = _block(left, is_file=True)
    assert next(left, None) is None, "a brace is closed that was not opened"
    return found


def _block(words: Iterator[str], is_file: bool = False) -> Block:
    block, line = Block(), []
    for word in words:
        if word == ";":
            block.directives.append(tuple(line))
            line = []
        elif word == "{":
            block.blocks.append((tuple(line), _block(words)))
            line = []
        elif word == "}":
            assert not line
            assert not is_file
            return block
        else:
            line.append(word.strip('"'))
    assert is_file, "a brace is not closed"
    assert not line
    return block


def served() -> Block:
    """The server that people reach."""
    return next(block for words, block in nginx("nginx.conf").blocks if words == ("server",) and block.blocks)


def test_nginx_speaks_to_nobody_without_encryption_and_under_its_name_alone() -> None:
    plain, foreign, own = [block for words, block in nginx("nginx.conf").blocks if words == ("server",)]
    assert plain.one("listen") == ("80",)
    assert plain.one("return")[:1] == ("301",)
    assert plain.one("return")[1].startswith("https://")
    assert not plain.blocks
    assert foreign.one("listen") == ("443", "ssl", "default_server")
    assert foreign.one("ssl_reject_handshake") == ("on",)
    assert own.one("listen") == ("443", "ssl")
    assert own.one("ssl_protocols") == ("TLSv1.2", "TLSv1.3")
    assert ("Strict-Transport-Security", "max-age=31536000", "always") in own.all("add_header")
    assert own.all("include") == [("plro-login.conf",), ("plro-secret.conf",)]
    assert own.all("limit_req")
    assert own.all("limit_conn")


def test_nginx_passes_websockets_and_what_it_knows_itself_of_a_visitor() -> None:
    own = served()
    passed = dict(own.within("location", "/").all("proxy_set_header"))
    assert passed == {
        "Host": "$http_host",
        "Upgrade": "$http_upgrade",
        "Connection": "$plro_connection",
        "X-Forwarded-Proto": "$scheme",
        "X-Forwarded-For": "$remote_addr",
        "X-Forwarded-User": "$plro_user",
        "X-Forwarded-Email": "",
        "X-Forwarded-Groups": "",
        identity.SECRET_HEADER: "$plro_secret",
        "X-Real-IP": "",
        "Forwarded": "",
    }
    assert {name.lower() for name in passed} >= set(door.FORWARDED)
    assert own.within("location", "/").all("add_header") == [], "it would drop those of the server"
    limit = (ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8").split("maxUploadSize = ")[1].split()[0]
    assert int(own.one("client_max_body_size")[0].rstrip("m")) == int(limit) + 1


def test_only_the_health_answers_need_no_login_and_they_are_for_the_machine_itself() -> None:
    for words, block in served().blocks:
        assert words[0] == "location"
        opened = block.all("auth_basic") + block.all("auth_request")
        assert (opened == [("off",), ("off",)]) is ("healthz" in words[-1])
    health = next(block for words, block in served().blocks if "healthz" in words[-1])
    assert (health.one("allow"), health.one("deny")) == (("127.0.0.1",), ("all",))


def test_nginx_adds_the_security_headers_to_answers_of_its_own_alone() -> None:
    whole = nginx("nginx.conf")
    added = {name: value for name, value, _ in served().all("add_header")}
    for name in ("Content-Security-Policy", "X-Content-Type-Options", "Referrer-Policy"):
        chosen = whole.within("map", f"$upstream_http_{name.lower().replace('-', '_')}", added[name])
        assert dict(chosen.directives)["default"] == ""
        assert dict(chosen.directives)[""]


def test_either_login_says_who_asks() -> None:
    by_list = nginx("nginx-login-list.conf")
    assert by_list.one("auth_basic") == ("PLRO",)
    assert by_list.one("set") == ("$plro_user", "$remote_user")
    by_oidc = nginx("nginx-login-oidc.conf")
    assert by_oidc.one("auth_request") == ("/oauth2/auth",)
    assert by_oidc.one("auth_request_set")[0] == "$plro_user"
    for _, block in by_oidc.blocks:
        assert block.one("auth_request") == ("off",), "it would ask itself whether it may be asked"
    assert by_oidc.within("location", "=", "/oauth2/auth").all("internal") == [()]


def test_oauth2_proxy_lets_in_who_is_listed_and_hides_its_cookie() -> None:
    told = tomllib.loads((DEPLOY / "oauth2-proxy.cfg").read_text(encoding="utf-8"))
    assert told["http_address"].startswith("127.0.0.1:")
    port = told["http_address"].rpartition(":")[2]
    asked = nginx("nginx-login-oidc.conf").within("location", "=", "/oauth2/auth").one("proxy_pass")
    assert asked == (f"http://127.0.0.1:{port}",)
    assert told["authenticated_emails_file"]
    assert "email_domains" not in told, "a whole domain would come in"
    assert told["cookie_secure"] is told["cookie_httponly"] is told["set_xauthrequest"] is True
    assert not [name for name in told if name.endswith("_secret")], "secrets stand in files of their own"


# systemd


def unit(name: str) -> list[tuple[str, str]]:
    """The settings of a unit, in their order."""
    lines = (DEPLOY / name).read_text(encoding="utf-8").splitlines()
    pairs = [line.partition("=") for line in lines if line and not line.startswith(("#", "["))]
    assert all(sign for _, sign, _ in pairs)
    return [(key, value) for key, _, value in pairs]


@pytest.mark.parametrize("name", ["plro.service", "plro-backup.service"])
def test_a_unit_has_no_right_that_it_does_not_need(name: str) -> None:
    told = dict(unit(name))
    assert {key: told.get(key) for key in WALLS} == WALLS
    assert told.get("DynamicUser") == "yes" or told.get("User") not in (None, "root")
    assert next(value for key, value in unit(name) if key == "SystemCallFilter") == "@system-service"


def test_the_service_answers_to_its_names_and_ends_in_time() -> None:
    told = unit("plro.service")
    assert ("Environment", '"STREAMLIT_SERVER_ALLOWED_HOSTS=plro.example.org 127.0.0.1"') in told
    assert ("Environment", f"{identity.HEADER}=X-Forwarded-User") in told
    assert ("Environment", f"{identity.SECRET_FILE}=%d/proxy-secret") in told
    assert dict(told)["LoadCredential"].startswith("proxy-secret:")
    assert int(dict(told)["TimeoutStopSec"]) <= 15
    assert dict(told)["IPAddressDeny"] == "any"
    assert dict(told)["IPAddressAllow"] == "localhost"


def test_the_backup_runs_every_night_without_a_network_and_writes_into_its_folder_alone() -> None:
    told = dict(unit("plro-backup.service"))
    words = told["ExecStart"].split()
    assert words[:4] == ["/opt/plro/.venv/bin/python", "-m", "plro_core", "backup"]
    assert told["ReadWritePaths"] == words[4]
    assert words[5] == "--registry"
    assert told["PrivateNetwork"] == "yes"
    assert told["Type"] == "oneshot"
    timer = dict(unit("plro-backup.timer"))
    assert timer["OnCalendar"].startswith("*-*-* ")
    assert timer["Persistent"] == "true"
    assert timer["WantedBy"] == "timers.target"


# The container


def container() -> list[tuple[str, str]]:
    """The instructions of the Containerfile."""
    lines = (DEPLOY / "Containerfile").read_text(encoding="utf-8").splitlines()
    return [(line.split()[0], line.partition(" ")[2]) for line in lines if line and not line.startswith("#")]


def test_the_container_needs_no_shell_and_no_root() -> None:
    for name, said in container():
        if name in ("RUN", "ENTRYPOINT", "CMD"):
            assert json.loads(said), "a list of words is run as it is, a line by a shell"
        if name == "HEALTHCHECK":
            assert json.loads(said.partition("CMD ")[2])
    last = dict(container())
    assert re.fullmatch(r"[1-9]\d{3,}:[1-9]\d{3,}", last["USER"])
    assert "PLRO_BEHIND_PROXY" not in last["ENV"], "whoever runs it says so"


def test_the_containers_base_has_a_name_and_a_version_and_its_packages_are_held_to_checksums() -> None:
    said = container()
    base = dict(said)["ARG"].partition("=")[2]
    assert re.fullmatch(r"python:3\.\d+-slim-\w+", base)
    assert {words.split()[0] for name, words in said if name == "FROM"} == {"${BASE}"}
    installs = [words for name, words in said if name == "RUN" and "install" in words]
    assert len(installs) == 1
    assert '"--require-hashes"' in installs[0]
    assert "ADD" not in dict(said)


def test_the_container_holds_all_that_the_dashboard_imports(tmp_path: Path) -> None:
    for name, words in container():
        if name == "COPY" and not words.startswith("--from"):
            *sources, target = words.split()
            if target == "/opt/plro/":
                for source in sources:
                    shutil.copy(ROOT / source, tmp_path)
            else:
                shutil.copytree(ROOT / sources[0], tmp_path / Path(target).name)
    code = (
        "import app, asyncio; from pages.server import server; from starlette.requests import Request;"
        "server.load_libraries(); print(server.readyz(Request({'type': 'http'})).status_code)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False
    )
    assert ran.stdout.split()[-1:] == ["200"], ran.stderr


# The guide


def test_the_guide_names_every_file_and_installs_nothing_unchecked() -> None:
    guide = (DEPLOY / "README.md").read_text(encoding="utf-8")
    assert [file.name for file in DEPLOY.iterdir() if file.name != "README.md" and f"`{file.name}`" not in guide] == []
    for document in (guide, (ROOT / "README.md").read_text(encoding="utf-8")):
        commands = re.findall(r"pip install ([^`\n&]*)", document)
        assert commands
        assert [words for words in commands if "--require-hashes" not in words and "--no-deps" not in words] == []
