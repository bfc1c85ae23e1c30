"""The reference of the library, written from its docstrings: ``python -m tests.tools.library [--check]``."""

import ast
import inspect
import re
import sys
import textwrap
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import TypeVar

import plro_core as plro
from plro_core import exact, library, results
from tests.browser_tools import ROOT
from tests.tools.pages import written_or_fresh

Node = TypeVar("Node", bound=ast.stmt)

PAGE = ROOT / "docs" / "library.md"

_INTRODUCTION = """# The library

The registry in a notebook or a script. This page is written from the docstrings by `make fix` and is not edited by hand;
its examples are run by the tests.

```pycon
>>> import plro_core as plro
```
"""
_RESULTS = """## What comes back

Tables and figures come with how they were made, inside every file that is saved, too.
"""
_EXACT = """## `plro.exact`
"""
#: Sections of a docstring, each with the heading that it has on the page.
_SECTIONS = ("Raises", "Source", "Example")


def as_markdown() -> str:
    """The whole page."""
    functions = [_function("plro.", node) for node in _nodes(library, ast.FunctionDef) if node.name in plro.__all__]
    kinds = [_kind(node) for node in _nodes(results, ast.ClassDef)]
    return "\n".join([_INTRODUCTION, _text(library.__doc__), *functions, _RESULTS, *kinds, _EXACT, *_exact()])


def _nodes(module: ModuleType, kind: type[Node]) -> Iterator[Node]:
    """The functions or classes of a module, in the order in which they are written."""
    return (node for node in ast.parse(inspect.getsource(module)).body if isinstance(node, kind))


def _function(owner: str, node: ast.FunctionDef, level: str = "##") -> str:
    return f"{level} `{owner}{node.name}`\n\n{_signature(owner, node)}\n{_text(ast.get_docstring(node))}"


def _signature(owner: str, node: ast.FunctionDef) -> str:
    """The call with its types, as code."""
    arguments = re.sub(r"^self(, )?", "", ast.unparse(node.args))
    returns = f" -> {ast.unparse(node.returns)}" if node.returns else ""
    line = f"{owner}{node.name}({arguments}){returns}"
    if len(line) > 100:
        parts = re.split(r", (?=\*|[a-z_]+:)", arguments)
        line = f"{owner}{node.name}(\n" + "".join(f"    {part},\n" for part in parts) + f"){returns}"
    return f"```python\n{line}\n```\n"


def _kind(node: ast.ClassDef) -> str:
    """A kind of result with its methods."""
    methods = [
        _function(f"{'table' if node.name.startswith('Table') else 'figure'}.", member, "####")
        for member in node.body
        if isinstance(member, ast.FunctionDef) and not member.name.startswith("_") and not member.decorator_list
    ]
    return "\n".join([f"### `{node.name}`\n\n{_text(ast.get_docstring(node))}", *methods])


def _exact() -> Iterator[str]:
    yield _text(exact.__doc__)
    yield "Worked examples of each are in [the rules](rules.md#statistics-for-small-samples).\n"
    for name in exact.__all__:
        value = getattr(exact, name)
        if inspect.isfunction(value):
            node = ast.parse(textwrap.dedent(inspect.getsource(value))).body[0]
            if isinstance(node, ast.FunctionDef):
                yield _function("plro.exact.", node, "###")


def _text(docstring: str | None) -> str:
    """A docstring as Markdown: its sections under bold heads, examples as code."""
    parts = re.split(rf"\n({'|'.join(_SECTIONS)}):\n", f"{inspect.cleandoc(docstring or '')}\n")
    told = [_markdown(parts[0])]
    for head, body in zip(parts[1::2], parts[2::2], strict=True):
        body = textwrap.dedent(body).strip("\n")
        if head == "Example":
            told.append(f"```pycon\n{body}\n```\n")
        elif head == "Raises":
            told.append(_markdown("\n".join(f"- **{line.replace(':', ':**', 1)}" for line in _joined(body))))
        else:
            told.append(f"**{head}:** {_markdown(body)}")
    return "\n".join(part for part in told if part.strip())


def _joined(body: str) -> list[str]:
    """The entries of a section, each on one line."""
    return [" ".join(entry.split()) for entry in re.split(r"\n(?=\S)", body)]


def _markdown(text: str) -> str:
    """Prose with code in single backticks."""
    return re.sub(r":[a-z]+:`~?\.?([\w.]+)`", r"`\1`", text.replace("``", "`")).strip() + "\n"


def main(words: Sequence[str], page: Path = PAGE) -> int:
    """Write the page; with ``--check`` only say whether it is fresh, as an exit code."""
    return written_or_fresh(page, as_markdown(), check="--check" in words)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
