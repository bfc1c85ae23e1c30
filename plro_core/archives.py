"""What a zip archive may raise that is damaged, cut short, protected or made to mislead, whatever it is an archive of."""

import lzma
import zipfile
import zlib

#: In its directory or in one of its parts. One list for all who open archives: each kind was learnt from a file.
DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    KeyError,
    NotImplementedError,
    ValueError,
    OSError,
    EOFError,
    OverflowError,
    RuntimeError,
)
