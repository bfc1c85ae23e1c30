"""One version of a registry as one file that carries everything needed to read it, cite it, and publish it again."""

from plro_core.bundle.packing import bundle, zipped
from plro_core.bundle.unpacking import Bundle, unbundle, vocabulary

__all__ = ["Bundle", "bundle", "unbundle", "vocabulary", "zipped"]
