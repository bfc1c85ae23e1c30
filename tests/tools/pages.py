"""Pages of documentation that are generated: written anew, or only compared with what they should be."""

import sys
from pathlib import Path


def written_or_fresh(page: Path, text: str, check: bool) -> int:
    """Write the page; with ``check`` only say whether it is fresh. An exit code."""
    if not check:
        page.write_text(text, encoding="utf-8")
        return 0
    if page.exists() and page.read_text(encoding="utf-8") == text:
        return 0
    print(f"{page.name} is stale; “make fix” writes it anew.", file=sys.stderr)
    return 1
