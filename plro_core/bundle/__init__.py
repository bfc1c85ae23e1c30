"""One version of a registry as one file that carries everything needed to read it, cite it, and publish it again."""

from plro_core.bundle.packing import CHECKSUMS, bundle, bundle_files, checksums, zipped
from plro_core.bundle.unpacking import Bundle, declared_words, unbundle

__all__ = ["CHECKSUMS", "Bundle", "bundle", "bundle_files", "checksums", "declared_words", "unbundle", "zipped"]
