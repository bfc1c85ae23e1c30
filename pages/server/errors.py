"""What a page could not handle is told by number, because an exception's text may hold a patient's values."""

import logging
import secrets
import traceback
from pathlib import Path

import streamlit as st

from plro_core.problems import TOO_LITTLE_MEMORY, PlainProblem
from plro_core.text import safe_markdown

ROOT = Path(__file__).resolve().parents[2]
log = logging.getLogger("plro.errors")


class WithoutExceptionText(logging.Filter):
    """Drops the exception (its text and its lines) from a log record."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.exc_info, record.exc_text = None, None
        return True


#: Where Streamlit reports an exception of a page, and of a download that is made on the click.
_REPORTERS = ("streamlit.error_util", "streamlit.runtime.backend_operation_handler")


def silence_exception_texts() -> None:
    """Make Streamlit's own reports of an uncaught exception say only that there was one."""
    for reporter in map(logging.getLogger, _REPORTERS):
        if not any(isinstance(known, WithoutExceptionText) for known in reporter.filters):
            reporter.addFilter(WithoutExceptionText())


def report_script_error(error: Exception) -> bool:
    """Show a plain problem as it is, and anything else as an error number that the log explains.

    The session goes on: its next run begins anew.
    """
    if isinstance(error, PlainProblem):
        st.error(safe_markdown(str(error)))
        return True
    if isinstance(error, MemoryError):
        st.error(TOO_LITTLE_MEMORY)
        return True
    number = secrets.token_hex(4)
    log.error("Error %s: %s at %s", number, type(error).__name__, frames(error))
    st.error(f"This page met an error that it could not explain. Its number in the log is {number}.")
    return True


def frames(error: BaseException) -> str:
    """Where an error arose, innermost first: file, line and function of our own code, never any value."""
    walked = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in walked if frame.filename.startswith(str(ROOT)) and ".venv" not in frame.filename]
    places = [f"{Path(frame.filename).name}:{frame.lineno} in {frame.name}" for frame in reversed(own)]
    return " < ".join(places) or "an unknown place"
