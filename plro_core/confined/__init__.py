"""Strangers' bytes are read in a process of their own, with limits: no file can end the server or fill its memory."""

from plro_core.confined.asking import BrokenOff, Limits, Readers, ask, end_all

__all__ = ["BrokenOff", "Limits", "Readers", "ask", "end_all"]
