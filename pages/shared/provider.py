"""The login by OpenID Connect, as ``[auth]`` in Streamlit's ``secrets.toml`` configures it: whether it holds, and that it does not vanish.

Streamlit takes a file that cannot be read for no file, and reads it anew when it changes. A slip in it would so open the dashboard
to everybody.
"""

import stat
from pathlib import Path
from threading import Event
from urllib.parse import urlsplit

from streamlit import config
from streamlit.auth_util import get_secrets_auth_section
from streamlit.runtime.secrets import secrets_singleton

#: The shortest secret that nobody guesses, in characters: whoever knows it can be anybody.
SHORTEST = 32

#: Set where the process began with this login.
_begun = Event()


def is_asked() -> bool:
    """Whether a provider is asked who somebody is; where it was at the start, it is to the end, whatever becomes of the file."""
    return _begun.is_set() or bool(get_secrets_auth_section())


def check_settings() -> None:
    """Stop with one plain sentence where a login by OpenID Connect is configured that would not hold.

    Raises:
        SystemExit: says which setting is at fault.
    """
    files = [Path(name) for name in config.get_option("secrets.files") or () if Path(name).exists()]
    if files and not secrets_singleton.load_if_toml_exists():
        raise SystemExit(f"{files[0]} cannot be read as TOML, so the dashboard does not start.")
    section = get_secrets_auth_section()
    if not section:
        return
    if problem := _fault(str(section.get("cookie_secret", "")), str(section.get("redirect_uri", ""))):
        raise SystemExit(f"[auth] in secrets.toml: {problem}, so the dashboard does not start.")
    for file in files:
        if file.stat().st_mode & stat.S_IRWXO:
            raise SystemExit(f"Everybody on this machine can read {file}, so the dashboard does not start.")
    _begun.set()


def _fault(cookie_secret: str, redirect_uri: str) -> str:
    """What is wrong with the settings; empty if nothing is."""
    if len(cookie_secret) < SHORTEST:
        return f"cookie_secret has fewer than {SHORTEST} characters"
    place = urlsplit(redirect_uri)
    if place.scheme not in ("http", "https") or not place.netloc or not place.path.endswith("/oauth2callback"):
        return "redirect_uri is not an address such as https://plro.example.org/oauth2callback"
    return ""
