"""How something is made, as a call in Python: what a recipe says, and what alone is called again to check a file."""

import ast
import json
import re
from functools import lru_cache
from typing import Any

from plro_core.cohort import EVERYONE, Cohort
from plro_core.store import Registry
from plro_core.vocabulary import Variable

#: Functions beside those of the library that a call may name, and where they are imported from.
HOMES = {
    "cells_behind": "plro_core.origins",
    "check_claims": "plro_core.series.claims",
    "checked_draft": "plro_core.drafts",
    "claims_found": "plro_core.figures.claims",
    "definitions_table": "plro_core.pain_control",
    "flag_disagreements": "plro_core.figures",
    "open_content": "plro_core.store",
    "open_questions": "plro_core.origins",
    "patient_cells": "plro_core.origins",
    "patterns_table": "plro_core.patterns",
    "printed_table": "plro_core.tables",
    "records_table": "plro_core.tables",
    "relations_table": "plro_core.series.claims",
    "responder_counts": "plro_core.figures",
    "responders_table": "plro_core.pain_control",
}

#: Calls that need a file of the reader's own, which nothing that leaves holds: they are never made again from a recipe.
OF_A_FILE = frozenset(["checked_draft"])

#: Options of figures that the library calls otherwise.
FIGURE_WORDS = {"group": "by", "case_id": "patient"}


def needs_a_file(snippet: str) -> bool:
    """Whether a recipe's call needs a file of the reader's own."""
    return any(re.search(rf"^result = {name}\(", snippet, re.M) for name in OF_A_FILE)


def library_call(function: str, *given: Any, **options: Any) -> str:
    """A call of the library as Python: cohorts and variables as strings, ``None`` and everybody at the end left out."""
    values = list(given)
    while values and values[-1] in (None, EVERYONE):
        values.pop()
    words = ["registry", *map(_python, values)]
    words += [f"{key}={_python(value)}" for key, value in options.items() if value is not None]
    return f"plro.{function}({', '.join(words)})"


def _python(value: Any) -> str:
    """A value as Python that needs no import."""
    if isinstance(value, Cohort):
        return _quoted(value.query)
    if isinstance(value, Registry):
        return opened(value)
    if isinstance(value, Variable):
        return _quoted(value.name)
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(_python, value))}]"
    return _quoted(value) if isinstance(value, str) else repr(value)


@lru_cache(maxsize=256)
def groups_in(snippet: str) -> str:
    """What a recipe's call splits or compares, in a few words: "by smoking", "smoking=yes against age=30-"; empty if nothing.

    Each button of a page asks for the name of its file, and those of one table have one recipe.
    """
    made = ast.parse(snippet).body[-1]
    if not isinstance(made, ast.Assign) or not isinstance(made.value, ast.Call):
        return ""
    named = {word.arg: word.value for word in made.value.keywords}
    by = named.get("by")
    if isinstance(by, ast.Constant) and isinstance(by.value, str):
        return f"by {by.value}"
    if ast.unparse(made.value.func) == "plro.compare":
        return _against(made.value.args[1:3])
    return _against([named["a"], *([named["b"]] if "b" in named else [])]) if "a" in named else ""


def _against(sides: list[ast.expr]) -> str:
    queries = [str(side.value) or "all" for side in sides if isinstance(side, ast.Constant)]
    return " against ".join(queries if len(queries) > 1 else [*queries, "rest"])


def opened(registry: Registry) -> str:
    """A registry as Python: opened by its content, and told by version and name."""
    names = f"version={_quoted(registry.version)}, registry={_quoted(registry.folder.resolve().name)}"
    return f"open_content({_quoted(registry.content)}, {names})"


def snippet(registry: Registry, cohort: Cohort, call: str) -> str:
    """Python that makes the thing again from the very same data, wherever they lie, or refuses in one sentence.

    The registry's folder is told by its name alone: a path is of no use on another machine, and says too much.
    """
    bare = re.sub(r'"(?:[^"\\]|\\.)*"', '""', call)
    used = {"open_content"} | {name for name in HOMES if re.search(rf"\b{name}\(", bare)}
    homes = sorted({HOMES[name] for name in used})
    lines = [f"from {home} import {', '.join(sorted(name for name in used if HOMES[name] == home))}" for home in homes]
    return "\n".join(
        [
            "import plro_core as plro",
            *lines,
            "",
            f"registry = {opened(registry)}",
            *([f"cohort = plro.cohort(registry, {_quoted(cohort.query)})"] if re.search(r"\bcohort\b", bare) else []),
            f"result = {call}",
        ]
    )


def _quoted(text: str) -> str:
    """Text as a Python string in double quotes, on one line."""
    return json.dumps(text)
