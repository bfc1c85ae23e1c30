"""Making a table or figure again from the call in its recipe, without running any other line of it.

A recipe comes out of a file that anybody may have written. It is read as Python and never run as such: what counts is the
one call after ``result =``, of functions that are named here, with plain values.
"""

import ast
from collections.abc import Callable
from importlib import import_module
from typing import Any

from plro_core.cohort import Cohort
from plro_core.export.calls import HOMES, OF_A_FILE
from plro_core.problems import DataProblem, RegistryProblem
from plro_core.store import Registry

#: Functions of the library that make a table or a figure of a registry and take nothing but words and numbers.
_LIBRARY = frozenset(
    ["aggregates", "claims", "compare", "counts", "dictionary", "figure", "ranges", "records", "summary", "table_one"]
)
_ATTRIBUTES = frozenset(["status", "topic"])
_LONGEST = 100_000

#: Finds the registry that holds some content, of a version and a registry that were called so.
Find = Callable[[str, str, str], Registry]


def made(snippet: str, find: Find, **options: Any) -> Any:
    """What a recipe's call gives now: a table, a figure or claims. ``options`` are given to the library's figures.

    Raises:
        DataProblem: it is no recipe of this program.
        RegistryProblem: the registry is not here, or a file that the call needs.
        QueryProblem: it asks for something that the registry does not have.
    """
    return _Evaluation(find, options).of(snippet)


def call_of(snippet: str) -> str:
    """The call of a recipe as Python.

    Raises:
        DataProblem: it is no recipe of this program.
    """
    return ast.unparse(_assigned(snippet)["result"])


def _assigned(snippet: str) -> dict[str, ast.expr]:
    """The expressions of a recipe by the names that they are given."""
    if len(snippet) > _LONGEST:
        raise _foreign()
    try:
        lines = ast.parse(snippet.replace("\r\n", "\n")).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise _foreign() from None
    found: dict[str, ast.expr] = {}
    for line in lines:
        if isinstance(line, ast.Assign) and len(line.targets) == 1 and isinstance(line.targets[0], ast.Name):
            found[line.targets[0].id] = line.value
        elif not isinstance(line, (ast.Import, ast.ImportFrom)):
            raise _foreign()
    if not {"registry", "result"} <= set(found) <= {"registry", "cohort", "result"}:
        raise _foreign()
    return found


def _foreign() -> DataProblem:
    return DataProblem("carries a recipe that this program does not write.")


class _Evaluation:
    """One recipe: names stand for what they were given, and nothing is called that is not named above."""

    def __init__(self, find: Find, options: dict[str, Any]) -> None:
        self._find = find
        self._options = options
        self._names: dict[str, Any] = {}

    def of(self, snippet: str) -> Any:
        assigned = _assigned(snippet)
        for name in ("registry", "cohort", "result"):
            if name in assigned:
                self._names[name] = self._value(assigned[name])
        return self._names["result"]

    def _value(self, node: ast.expr) -> Any:
        if isinstance(node, ast.Constant):
            return node.value
        if isinstance(node, (ast.List, ast.Tuple)):
            return [self._value(one) for one in node.elts]
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub) and isinstance(node.operand, ast.Constant):
            return -self._value(node.operand)
        if isinstance(node, ast.Name) and node.id in self._names:
            return self._names[node.id]
        if isinstance(node, ast.ListComp):
            return self._chosen(node)
        if isinstance(node, ast.Call):
            return self._called(node)
        raise _foreign()

    def _called(self, node: ast.Call) -> Any:
        given = [self._value(one) for one in node.args]
        options = {str(option.arg): self._value(option.value) for option in node.keywords}
        name = ast.unparse(node.func)
        if name == "open_content":
            return self._opened(*given, **options)
        if name == "registry.vocabulary.variable":
            return self._names["registry"].vocabulary.variable(*given)
        if name == "plro.cohort":
            return Cohort.parse(str(given[1]), self._names["registry"].vocabulary)
        if name in OF_A_FILE:
            raise RegistryProblem(
                f"It was made from a draft, which is not within it, and version {self._names['registry'].version}, which is here: "
                "hold the draft against that version once more with “plro draft”."
            )
        if name in HOMES:
            return getattr(import_module(HOMES[name]), name)(*given, **options)
        library, _, called = name.partition(".")
        if library != "plro" or called not in _LIBRARY:
            raise _foreign()
        more = self._options if called == "figure" else {}
        return getattr(import_module("plro_core.library"), called)(*given, **options, **more)

    def _opened(self, content: Any, version: Any = "", registry: Any = "") -> Registry:
        if not all(isinstance(text, str) for text in (content, version, registry)):
            raise _foreign()
        return self._find(content, version, registry)

    def _chosen(self, node: ast.ListComp) -> list[Any]:
        """Claims of one status or topic: ``[claim for claim in check_claims(registry) if claim.status == "agrees"]``."""
        each, *more = node.generators
        if more or ast.unparse(node.elt) != "claim" or ast.unparse(each.target) != "claim" or each.is_async:
            raise _foreign()
        wanted = [pair for condition in each.ifs for pair in self._conditions(condition)]
        return [claim for claim in self._value(each.iter) if all(getattr(claim, key) == value for key, value in wanted)]

    def _conditions(self, node: ast.expr) -> list[tuple[str, Any]]:
        if isinstance(node, ast.BoolOp) and isinstance(node.op, ast.And):
            return [pair for part in node.values for pair in self._conditions(part)]
        if isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.Eq) and len(node.ops) == 1:
            left = node.left
            if isinstance(left, ast.Attribute) and ast.unparse(left.value) == "claim" and left.attr in _ATTRIBUTES:
                return [(left.attr, self._value(node.comparators[0]))]
        raise _foreign()
