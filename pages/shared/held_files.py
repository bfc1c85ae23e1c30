"""Which session made which file that is waiting to be fetched, so that it goes to nobody else and ends with that session."""

import hashlib
import threading

from streamlit import runtime
from streamlit.runtime.scriptrunner_utils.script_run_context import get_script_run_ctx

_lock = threading.Lock()
#: Session -> checksums of what was made for it.
_made: dict[str, set[bytes]] = {}
#: Session -> why it was refused a file, until that is said.
_refused: dict[str, str] = {}


def session() -> str:
    """The session of this run; empty outside of one."""
    context = get_script_run_ctx(suppress_warning=True)
    return context.session_id if context else ""


def hold(session_id: str, content: bytes) -> None:
    """Note that a session may fetch this; what was noted of sessions that are gone is forgotten."""
    with _lock:
        _made.setdefault(session_id, set()).add(_checksum(content))
        if runtime.exists():
            here = runtime.get_instance()
            for other in [name for name in _made if name != session_id and not here.is_active_session(name)]:
                del _made[other]
                _refused.pop(other, None)


def refuse(session_id: str, sentence: str) -> None:
    """Note why a session does not get a file."""
    with _lock:
        _refused[session_id] = sentence


def refusal(session_id: str) -> str:
    """Why a session did not get the last file that it asked for, once; empty if it did."""
    with _lock:
        return _refused.pop(session_id, "")


def holders(content: bytes) -> frozenset[str]:
    """The sessions that this was made for; a session that has ended may be among them."""
    wanted = _checksum(content)
    with _lock:
        return frozenset(name for name, made in _made.items() if wanted in made)


def _checksum(content: bytes) -> bytes:
    return hashlib.sha256(content).digest()
