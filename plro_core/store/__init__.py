"""The registry on disk and in memory: the only package that opens the registry's files.

On disk a registry is a folder of immutable versions plus a pointer::

    versions/<id>/<table>.parquet   one file a table
    versions/<id>/manifest.json     schema version, parent, author, note, time, sha256 and rows of each file
    CURRENT                         the id of the published version
    shards/<id>-<content>/          its patients in parts, for several machines (see ``shards``); can be deleted at any time
    checked/<id>                    by which rules a version was checked when it was written; can be deleted at any time
    codes/<id>/                     the code columns of a large version (see ``index``); can be deleted at any time
    journal.jsonl                   who did what to which version (see ``journal``); the shipped registry keeps none

In memory it is code columns, read from the index or made of the verified files when a column is first asked for, and one
private DuckDB, into which a table is loaded when a question in SQL first names it. That cannot reach files or the network, and
each thread reads through a cursor of its own (one connection shared by threads gives silently wrong results).

From the bottom up: ``folder`` (paths), ``manifest``, ``files`` (verified), ``tables`` (files to tables), ``verifying``,
``columns`` and their ``index``, ``limits`` and ``engine``, then what is public: ``reading``, ``asking``, ``publishing``,
``sharing`` (publishing in shares), ``versions``, ``drafts``, ``indexing`` and ``shards``.
"""

from plro_core.shipped import SHIPPED
from plro_core.store.accepted import Edited, accept, declared_now, edited, why_not_proposed
from plro_core.store.asking import query
from plro_core.store.checking import Found, check_registry
from plro_core.store.drafts import (
    discard,
    draft,
    empty_trash,
    proposed_words,
    release,
    restore_draft,
    trashed,
    why_not_built,
)
from plro_core.store.folder import (
    SHIPPED_NAME,
    Served,
    current_version,
    existing_folder,
    published_version,
    registry_folder,
    served_registries,
    why_no_folder,
    why_not_written,
    write_answer,
)
from plro_core.store.indexing import drop, reindex
from plro_core.store.manifest import Manifest, content_hash
from plro_core.store.parts import only_with
from plro_core.store.published import State
from plro_core.store.publishing import publish, unwritten
from plro_core.store.reading import Registry, not_found, open_content, open_registry, version_with
from plro_core.store.shards import SHARDS, Shards, open_shard, shards_of, write_shards
from plro_core.store.sharing import publish_shares
from plro_core.store.standing_in import Shown, shown_version, why_lost
from plro_core.store.tables import BeginsWith, OfPatients, OneOf, patients_of
from plro_core.store.verifying import sound_manifest
from plro_core.store.versions import VersionInfo, history, next_version, unpublished, was_published

__all__ = [
    "SHARDS",
    "SHIPPED",
    "SHIPPED_NAME",
    "BeginsWith",
    "Edited",
    "Found",
    "Manifest",
    "OfPatients",
    "OneOf",
    "Registry",
    "Served",
    "Shards",
    "Shown",
    "State",
    "VersionInfo",
    "accept",
    "check_registry",
    "content_hash",
    "current_version",
    "declared_now",
    "discard",
    "draft",
    "drop",
    "edited",
    "empty_trash",
    "existing_folder",
    "history",
    "next_version",
    "not_found",
    "only_with",
    "open_content",
    "open_registry",
    "open_shard",
    "patients_of",
    "proposed_words",
    "publish",
    "publish_shares",
    "published_version",
    "query",
    "registry_folder",
    "reindex",
    "release",
    "restore_draft",
    "served_registries",
    "shards_of",
    "shown_version",
    "sound_manifest",
    "trashed",
    "unpublished",
    "unwritten",
    "version_with",
    "was_published",
    "why_lost",
    "why_no_folder",
    "why_not_built",
    "why_not_proposed",
    "why_not_written",
    "write_answer",
    "write_shards",
]
