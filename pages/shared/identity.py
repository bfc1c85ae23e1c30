"""Who asks, as a login says, and not he himself: Streamlit's own login by OpenID Connect, or a proxy that asks for one.

A proxy names people in the header that ``PLRO_IDENTITY_HEADER`` names, and proves that it is the proxy by a secret in ``X-PLRO-Secret``,
which stands in the file that ``PLRO_IDENTITY_SECRET_FILE`` names. OpenID Connect is configured as Streamlit documents it: ``[auth]``
in ``secrets.toml``. Without either nobody is asked, and the dashboard answers on its own machine only.
"""

import hmac
import json
import os
import stat
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import streamlit as st
from starlette.requests import HTTPConnection
from starlette.types import Scope
from streamlit.web.server.starlette.starlette_server_config import USER_COOKIE_NAME
from streamlit.web.server.starlette.starlette_websocket import _get_signed_cookie_with_chunks

from pages.shared import provider
from plro_core import plain_files
from plro_core.journal import LONGEST_WHO

HEADER, SECRET_FILE = "PLRO_IDENTITY_HEADER", "PLRO_IDENTITY_SECRET_FILE"
SECRET_HEADER = "X-PLRO-Secret"  # noqa: S105  (its name, no secret)
_MOST = 10_000


@dataclass(frozen=True)
class Identity:
    """Somebody as the login calls him."""

    name: str


class Forged(Exception):
    """A request that claims to come from the proxy and does not; says why in one sentence."""


Way = Literal["none", "header", "oidc"]


def way() -> Way:
    """How the dashboard learns who asks."""
    if os.environ.get(HEADER):
        return "header"
    return "oidc" if provider.is_asked() else "none"


def configured() -> bool:
    """Whether anybody is asked who he is."""
    return way() != "none"


def check_settings() -> None:
    """Stop with one plain sentence where a login is configured that would not hold.

    Raises:
        SystemExit: says what is missing.
    """
    if named := os.environ.get(HEADER):
        try:
            _secret()
        except ValueError as problem:
            raise SystemExit(f"{SECRET_FILE} {problem}, so the dashboard does not start.") from None
        if named.lower() == SECRET_HEADER.lower():
            raise SystemExit(f"{HEADER} names the header of the secret, so the dashboard does not start.")
    elif os.environ.get(SECRET_FILE):
        raise SystemExit(
            f"{SECRET_FILE} is set and {HEADER} is not, so nobody would log in; the dashboard does not start."
        )


def of_session() -> Identity | None:
    """Who this session is of; nobody where he is not logged in, or no login is configured."""
    asked = way()
    if asked == "header":
        headers = st.context.headers
        try:
            return _of_headers(headers.get_all(os.environ[HEADER]), headers.get_all(SECRET_HEADER))
        except Forged:
            return None
    return _of_claims(st.user.to_dict()) if asked == "oidc" else None


def of_request(scope: Scope) -> Identity | None:
    """Who a request is of; nobody where he is not logged in, or no login is configured.

    Raises:
        Forged: it does not come from the proxy, although a proxy asks for the login.
    """
    asked = way()
    if asked == "header":
        headers = HTTPConnection(scope).headers
        return _of_headers(headers.getlist(os.environ[HEADER]), headers.getlist(SECRET_HEADER))
    return _of_cookies(HTTPConnection(scope).cookies) if asked == "oidc" else None


def _of_headers(names: Sequence[str], secrets: Sequence[str]) -> Identity:
    """
    Raises:
        Forged: one of both is missing, there several times, or not what it must be.
    """
    try:
        known = _secret()
    except ValueError:
        raise Forged("The dashboard cannot read the secret of its proxy.") from None
    if len(secrets) != 1 or not hmac.compare_digest(secrets[0].encode(), known.encode()):
        raise Forged("The dashboard answers its proxy only, which asks for a login.")
    named = _plain(_decoded(names[0])) if len(names) == 1 else ""
    if not named:
        raise Forged("The proxy does not say who asks.")
    return Identity(named)


def _decoded(header: str) -> str:
    """A header's text, which servers hand on byte by byte, as the UTF-8 that the proxy sent; empty if it is none."""
    try:
        return header.encode("latin-1").decode("utf-8")
    except ValueError:
        return ""


def _of_cookies(cookies: Mapping[str, str]) -> Identity | None:
    """Who is in the cookie that Streamlit signed when somebody logged in."""
    try:
        held = _get_signed_cookie_with_chunks(dict(cookies), USER_COOKIE_NAME)
        claims = json.loads(held) if held else {}
    except ValueError:
        return None
    return _of_claims(claims) if isinstance(claims, dict) else None


def _of_claims(claims: Mapping[str, Any]) -> Identity | None:
    """Who is meant by what an identity provider says: the address where it says that it is his, nobody where it says that it is not.

    Where it says neither, people may have chosen the address themselves: then the provider's own name for them counts, unless
    that could be taken for an address.
    """
    if claims.get("is_logged_in") is not True:
        return None
    email, verified = claims.get("email"), claims.get("email_verified")
    if email and verified not in (True, "true", None):
        return None
    own = str(claims.get("sub") or "")
    named = _plain(email) if email and verified else _plain(own if "@" not in own else "")
    return Identity(named) if named else None


def _plain(name: Any) -> str:
    """A name that can stand in a journal; empty if it cannot."""
    if not isinstance(name, str) or not name.isprintable() or len(name) > LONGEST_WHO:
        return ""
    return name.strip()


def _secret() -> str:
    """The secret of the proxy.

    Raises:
        ValueError: says in words what is wrong with its file.
    """
    path = Path(os.environ.get(SECRET_FILE) or "")
    try:
        found = path.stat()
        return _read(path, found.st_mtime_ns, found.st_size, found.st_mode)
    except OSError:
        raise ValueError("names no file that can be read") from None


@lru_cache(maxsize=1)
def _read(path: Path, changed: int, size: int, mode: int) -> str:
    if mode & stat.S_IRWXO:
        raise ValueError("names a file that everybody on this machine can read")
    try:
        secret = plain_files.content(path, _MOST).decode("ascii").strip()
    except UnicodeDecodeError:
        raise ValueError("names a file that holds other characters than letters, digits and signs") from None
    if len(secret) < provider.SHORTEST:
        raise ValueError(f"names a file with fewer than {provider.SHORTEST} characters")
    return secret
