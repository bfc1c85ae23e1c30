"""A picture of every page, light and dark, for the README and for the eye: ``python -m tests.tools.screenshots [DIR]``."""

import sys
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser

from tests.browser_tools import ROOT, running_chromium, running_server, settled

#: name of the picture -> address
PICTURES = {
    "overview": "/",
    "pain": "/pain?patient=8",
    "pain-groups": "/pain?by=breastfeeding",
    "labs": "/labs",
    "bone": "/bone",
    "treatments": "/treatments",
    "compare": "/compare",
    "patients": "/patients?patient=8",
    "tables": "/tables?by=breastfeeding",
    "claims": "/claims?status=differs",
    "registry": "/registry?part=quality",
    "dictionary": "/dictionary",
}
WIDE = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}


def take(browser: Browser, url: str, path: Path, theme: str, size: dict[str, int]) -> None:
    """One picture of one address; the whole page, as far as it scrolls."""
    context = browser.new_context(viewport=size, color_scheme=theme, reduced_motion="reduce")  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(url)
    settled(page)
    height = page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight")
    page.set_viewport_size({"width": size["width"], "height": min(int(height) + 60, 3000)})
    settled(page, quiet=0.6)
    page.screenshot(path=path)
    Image.open(path).quantize(256).save(path, optimize=True)  # a third of the size, and the eye sees no difference
    context.close()


def main(folder: Path) -> None:
    """All pictures into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    with running_server() as server, running_chromium() as browser:
        for name, address in PICTURES.items():
            for theme in ("light", "dark"):
                take(browser, server.url + address, folder / f"{name}-{theme}.png", theme, WIDE)
            take(browser, server.url + address, folder / f"{name}-phone.png", "light", PHONE)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "screenshots")
