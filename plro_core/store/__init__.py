"""The registry on disk and in memory: the only package that opens the registry's files.

On disk a registry is a folder of immutable versions plus a pointer::

    versions/<id>/<table>.parquet   one file a table
    versions/<id>/manifest.json     schema version, parent, author, note, time, sha256 and rows of each file
    CURRENT                         the id of the published version
    checked/<id>                    by which rules a version was checked when it was written; can be deleted at any time
    journal.jsonl                   who did what to which version (see ``journal``); the shipped registry keeps none

In memory it is code columns, made of the verified bytes when a column is first asked for, and one private DuckDB, loaded
when the first question in SQL is asked. That cannot reach files or the network, and each thread reads through a cursor of
its own (one connection shared by threads gives silently wrong results).

From the bottom up: ``folder`` (paths), ``manifest``, ``tables`` (bytes to tables), ``verifying``, ``columns`` and
``engine``, then what is public: ``reading``, ``asking``, ``publishing``, ``versions`` and ``drafts``.
"""

from plro_core.shipped import SHIPPED
from plro_core.store.asking import query
from plro_core.store.drafts import discard, draft, journal_build, release, why_not_built
from plro_core.store.folder import (
    SHIPPED_NAME,
    Served,
    current_version,
    existing_folder,
    published_version,
    registry_folder,
    served_registries,
    why_not_written,
    write_answer,
)
from plro_core.store.manifest import Manifest, content_hash
from plro_core.store.publishing import publish, unwritten
from plro_core.store.reading import Registry, open_content, open_registry
from plro_core.store.verifying import sound_manifest
from plro_core.store.versions import State, VersionInfo, history, next_version, unpublished, was_published

__all__ = [
    "SHIPPED",
    "SHIPPED_NAME",
    "Manifest",
    "Registry",
    "Served",
    "State",
    "VersionInfo",
    "content_hash",
    "current_version",
    "discard",
    "draft",
    "existing_folder",
    "history",
    "journal_build",
    "next_version",
    "open_content",
    "open_registry",
    "publish",
    "published_version",
    "query",
    "registry_folder",
    "release",
    "served_registries",
    "sound_manifest",
    "unpublished",
    "unwritten",
    "was_published",
    "why_not_built",
    "why_not_written",
    "write_answer",
]
