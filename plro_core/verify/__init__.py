"""Whether a file still says what it was made from: read, made anew from the same data, and compared cell by cell."""

from plro_core.verify.verdict import MOST_BYTES, STATES, State, Verdict, verify

__all__ = ["MOST_BYTES", "STATES", "State", "Verdict", "verify"]
