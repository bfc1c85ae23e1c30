"""The list of all packages that the dashboard runs on, as programs read it: ``python -m tests.tools.sbom`` writes docs/sbom.cdx.json.

``cyclonedx-py`` (``make sbom`` installs it) makes it of the lock file, with the checksums of every file that may be installed; added
here is the licence of each. What names a package index is left out: which one is asked is the reader's business.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.browser_tools import ROOT
from tests.tools.licences import LOCK, licence

LIST = ROOT / "docs" / "sbom.cdx.json"


def made() -> dict[str, Any]:
    """The list as ``cyclonedx-py`` writes it; where a file comes from is said by the package alone.

    Raises:
        subprocess.CalledProcessError: it cannot be made.
    """
    program = Path(sys.executable).with_name("cyclonedx-py")
    options = ["-i", "pkg:pypi", "--output-reproducible", "--spec-version", "1.6"]
    ran = subprocess.run([program, "requirements", str(LOCK), *options], capture_output=True, text=True, check=True)
    found: dict[str, Any] = json.loads(ran.stdout)
    return found


def finished(listed: dict[str, Any]) -> dict[str, Any]:
    """The list with licences, without addresses of indexes."""
    for tool in listed["metadata"]["tools"]["components"]:
        tool.pop("externalReferences", None)
    for component in listed["components"]:
        component.pop("description", None)
        component["bom-ref"] = component["purl"]
        if said := licence(component["name"]):
            component["licenses"] = [{"license": {"name": said, "acknowledgement": "declared"}}]
    listed["dependencies"] = [{"ref": component["purl"]} for component in listed["components"]]
    return listed


if __name__ == "__main__":
    LIST.write_text(json.dumps(finished(made()), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
