"""A figure's PDF as an EPS of its own lines and letters, for the journals that take no PDF."""

from plro_core.export.eps.writing import as_eps

__all__ = ["as_eps"]
