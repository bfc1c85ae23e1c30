"""Finds a Chromium for the browser tests, and installs one where that is possible.

Run as ``python -m tests.tools.chromium`` it ends with a browser in place or with one plain sentence.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from playwright.sync_api import sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def find_chromium() -> str | None:
    """The path of a Chromium: the one PLRO_CHROMIUM names, an installed one, or Playwright's own."""
    named = os.environ.get("PLRO_CHROMIUM")
    if named:
        return shutil.which(named)
    return next(filter(None, map(shutil.which, NAMES)), None) or playwright_chromium()


def playwright_chromium() -> str | None:
    """The browser that ``playwright install chromium`` downloaded, if it did."""
    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


def install_chromium() -> None:
    """Install Chromium from Debian's packages where that is allowed, else from Playwright's download."""
    if os.geteuid() == 0 and shutil.which("apt-get"):
        if attempt(["apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium"]):
            return
        if attempt(["apt-get", "update", "-qq"]) and attempt(
            ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium"]
        ):
            return
    attempt([sys.executable, "-m", "playwright", "install", "chromium"])


def attempt(command: Sequence[str]) -> bool:
    """Run a command; did it succeed?"""
    print("Running:", " ".join(command), flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    return subprocess.run(command, env=environment, stdout=sys.stderr, check=False).returncode == 0


def main() -> int:
    """Make sure that there is a Chromium."""
    if os.environ.get("PLRO_CHROMIUM") and not find_chromium():
        print(f"PLRO_CHROMIUM names {os.environ['PLRO_CHROMIUM']}, which is not a program.", file=sys.stderr)
        return 1
    if not find_chromium():
        install_chromium()
    path = find_chromium()
    if path is None:
        print(
            "The browser tests need Chromium: install it (on Debian: apt install chromium) "
            "or set PLRO_CHROMIUM to its path.",
            file=sys.stderr,
        )
        return 1
    print(f"Browser tests use {path}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
