"""The command line that gives what a call of the library gives."""

import ast
import shlex
from collections.abc import Mapping
from typing import Any

from plro_core.cohort import Cohort

_PROGRAM = ("python", "-m", "plro_core")

#: What the options of calls are called on the command line.
_FLAGS = {
    "a": "--a",
    "answers": "--answers",
    "b": "--b",
    "by": "--by",
    "cohort": "--where",
    "difference": "--difference",
    "highlight": "--patient",
    "keys": "--panel",
    "labs": "--panel",
    "leave_out_of": "--leave-out-of",
    "patient": "--patient",
    "number": "--number",
    "relations": "--relations",
    "show": "--show",
    "statistic": "--stat",
    "status": "--status",
    "style": "--style",
    "tests": "--tests",
    "within": "--where",
}
#: What is called -> the command, its arguments, and the names of what the call gives by place after the registry.
_COMMANDS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "check_claims": (("claims",), ()),
    "claims": (("claims",), ("status",)),
    "checked_draft": (("draft",), ("",)),
    "compare": (("compare",), ("a", "b")),
    "dictionary": (("dictionary",), ()),
    "figure": (("figure",), ("", "cohort")),
    "printed_table": (("printed",), ("", "cohort")),
    "ranges": (("ranges",), ("cohort",)),
    "records": (("records",), ("", "cohort")),
    "records_table": (("records",), ("", "cohort")),
    "relations_table": (("claims", "--relations"), ()),
    "summary": (("table1",), ("cohort",)),
    "table_one": (("table1",), ("cohort",)),
}


def command_of(call: str, cohort: Cohort, version: str) -> str:
    """The command that gives the same of a version of the registry; empty where none gives exactly this."""
    asked = ast.parse(call, mode="eval").body
    try:
        words = _words(asked, cohort)
    except (ValueError, KeyError):  # what no command takes: another registry, a patient's cells
        return ""
    return shlex.join([*_PROGRAM, *words, "--version", version])


def _words(asked: ast.expr, cohort: Cohort) -> list[str]:
    """
    Raises:
        KeyError: no command does this, or takes one of its options.
        ValueError: an option is no plain value.
    """
    if not isinstance(asked, ast.Call):
        raise ValueError
    name = asked.func.attr if isinstance(asked.func, ast.Attribute) else ast.unparse(asked.func)
    command, places = _COMMANDS[name]
    if name == "relations_table":
        if ast.unparse(asked.args[0]) != "check_claims(registry)":
            raise ValueError
        return [*command]
    known: Mapping[str, Any] = {"cohort": cohort.query}
    given = [known[value.id] if isinstance(value, ast.Name) else ast.literal_eval(value) for value in asked.args[1:]]
    if len(given) > len(places):
        raise ValueError
    options = dict(zip(places, given, strict=False))
    options |= {str(option.arg): ast.literal_eval(option.value) for option in asked.keywords}
    if name == "summary":
        options.setdefault("style", "plain")  # the command gives every statistic where nothing is said
    return [*command, *([str(options.pop(""))] if "" in options else []), *_flags(options)]


def _flags(options: Mapping[str, Any]) -> list[str]:
    """The options as words; everybody and what is not asked for are left out."""
    words: list[str] = []
    for key, value in options.items():
        flag = _FLAGS[key]
        if value is True:
            words.append(flag)
        elif isinstance(value, list):
            words += [word for one in value for word in (flag, str(one))]
        elif value not in (None, False, "") or (key == "b" and value == ""):
            words += [flag, str(value)]
    return words
