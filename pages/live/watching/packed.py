"""Bytes that are compressed once and sent to everybody."""

import gzip
from functools import cache
from pathlib import Path

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import Scope


def wants_gzip(scope: Scope) -> bool:
    """Is this a plain read by a client that understands gzip?"""
    headers = Headers(scope=scope)
    whole = scope["method"] in {"GET", "HEAD"} and "range" not in headers
    return whole and "gzip" in headers.get("accept-encoding", "")


@cache
def gzipped(file: Path) -> bytes:
    """The file's content, compressed; the same bytes every time."""
    return packed(file.read_bytes())


def packed(content: bytes) -> bytes:
    """The content, compressed; the same bytes every time."""
    return gzip.compress(content, compresslevel=6, mtime=0)


def answer(scope: Scope, content: bytes, media_type: str, cache_control: str) -> Response:
    """Compressed content as an answer; unpacked for a client that cannot do it."""
    headers = {"Vary": "Accept-Encoding", "Cache-Control": cache_control}
    if wants_gzip(scope):
        return Response(content, headers=headers | {"Content-Encoding": "gzip"}, media_type=media_type)
    return Response(gzip.decompress(content), headers=headers, media_type=media_type)
