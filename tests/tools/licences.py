"""Under which licences the packages stand that the dashboard runs on: ``python -m tests.tools.licences [--check]``.

The packages are those of the lock file; their licences are read from what is installed. One that this machine does not need keeps
what the page says of it already.
"""

import re
import sys
from dataclasses import dataclass
from importlib import metadata

from tests.browser_tools import ROOT

LOCK, PAGE = ROOT / "requirements.lock", ROOT / "docs" / "licences.md"
_PINNED = re.compile(r"^([\w.-]+)==(\S+)(?: ; (.+?))? \\$", re.MULTILINE)
_CLASSIFIER = "License :: OSI Approved :: "
_NOT_READ = "not installed where this was written"
_HEAD = """# Licences

What `pip install --require-hashes -r requirements.lock` installs, and what each package says of its licence; "needed where" is empty if it is
needed everywhere. Written by `python -m tests.tools.licences`, held fresh by `make check`. The dashboard itself stands under the
[MIT licence](../LICENSE), its fonts under the SIL Open Font License (`pages/server/fonts/OFL.txt`). The same packages with their
checksums stand in [sbom.cdx.json](sbom.cdx.json) as programs read them (CycloneDX).

| package | version | licence | needed where |
|---|---|---|---|
"""


@dataclass(frozen=True)
class Package:
    """A package of the lock file; ``where`` is the condition under which it is needed."""

    name: str
    version: str
    where: str = ""


def packages() -> list[Package]:
    """Everything that the lock file pins."""
    return [Package(*found) for found in _PINNED.findall(LOCK.read_text(encoding="utf-8"))]


def licence(name: str) -> str:
    """What an installed package says of its licence, as an expression where it has one; empty if it is not installed."""
    try:
        said = metadata.metadata(name)
    except metadata.PackageNotFoundError:
        return ""
    # Asked for by name: another package may bring a reader of its own, which raises for what is not there.
    if expression := (said.get_all("License-Expression") or [""])[0]:
        return str(expression)
    classified = [str(text) for text in said.get_all("Classifier", []) if text.startswith(_CLASSIFIER)]
    if classified:
        return " and ".join(text.removeprefix(_CLASSIFIER) for text in classified)
    return (str((said.get_all("License") or [""])[0]).strip().splitlines() or ["says none"])[0]


def page(before: str = "") -> str:
    """The page; ``before`` is what it said so far."""
    known = dict(re.findall(r"^\| (\S+) \| \S+ \| (.+?) \|", before, re.MULTILINE))
    rows = [
        f"| {package.name} | {package.version} | {licence(package.name) or known.get(package.name, _NOT_READ)} | {package.where} |"
        for package in packages()
    ]
    return _HEAD + "\n".join(rows) + "\n"


def main(check: bool) -> int:
    """Write the page, or say whether it is fresh; the exit code."""
    before = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""
    fresh = page(before)
    if check and fresh != before:
        print("docs/licences.md is out of date: run python -m tests.tools.licences.", file=sys.stderr)
        return 1
    if not check:
        PAGE.write_text(fresh, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main("--check" in sys.argv[1:]))
