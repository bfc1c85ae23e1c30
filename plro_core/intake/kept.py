"""Mappings of REDCap projects and of other sheets that a registry keeps, one a file in its folder: ``mappings/<name>.json``.

A mapping holds no data of patients, only names of fields and columns, and what they mean. It is written whole or not at all, and what
is read back is trusted no more than a file that somebody hands over.
"""

import re
from pathlib import Path

from plro_core import durable
from plro_core.intake import mappings
from plro_core.intake.mappings import AnyMapping
from plro_core.intake.redcap.mapping import MappingProblem
from plro_core.store import why_not_written
from plro_core.text import printable
from plro_core.vocabulary import Vocabulary

FOLDER = "mappings"
MOST_MAPPINGS = 100
#: Also the rule that keeps a name inside the folder.
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,59}")


def kept_mappings(folder: Path, vocabulary: Vocabulary) -> tuple[dict[str, AnyMapping], tuple[str, ...]]:
    """The registry's mappings by name, and a sentence on each file that cannot be read as one."""
    found: dict[str, AnyMapping] = {}
    problems = []
    for path in sorted((folder / FOLDER).glob("*.json"))[:MOST_MAPPINGS]:
        try:
            found[path.stem] = mappings.read(path, vocabulary)
        except MappingProblem as problem:
            problems.append(f"{FOLDER}/{printable(path.name)}: {problem}")
    return found, tuple(problems)


def keep_mapping(folder: Path, name: str, mapping: AnyMapping) -> None:
    """Keep a mapping under a name; one that was kept under the same name is replaced.

    Raises:
        MappingProblem: the registry is the shipped one, the name cannot be one, or the file cannot be written.
    """
    if reason := why_not_written(folder):
        raise MappingProblem(reason)
    if not _NAME.fullmatch(name):
        raise MappingProblem("The mapping needs a name of small letters, digits and hyphens, such as our-clinic.")
    home = folder / FOLDER
    try:
        home.mkdir(parents=True, exist_ok=True)
        with durable.writing(home):
            if not (home / f"{name}.json").exists() and len(list(home.glob("*.json"))) >= MOST_MAPPINGS:
                raise MappingProblem(
                    f"The registry keeps {MOST_MAPPINGS} mappings already; remove one from its folder."
                )
            durable.write_whole(home / f"{name}.json", mapping.sealed)
    except OSError as problem:
        reason = (problem.strerror or "unknown reason").lower()
        raise MappingProblem(f"The mapping cannot be kept: {reason}.") from None
