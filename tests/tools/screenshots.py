"""Pictures of every page for the eye: ``python -m tests.tools.screenshots [DIR] [--only WORD …]``; ``--readme`` renews the
four of the README instead.

Every page with the published ten, with one patient, nobody, two and three groups, and with 60 and 1,000 made-up patients; on a
laptop, a large screen, a phone and both stages; light and dark. Each picture is one screen, as it is first seen.
"""

import argparse
import os
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser

from plro_core.store import SHIPPED_NAME, publish
from plro_core.synthetic import about, synthetic_tables
from plro_core.vocabulary import STANDARD
from tests import all_pages
from tests.browser_tools import ROOT, running_chromium, running_server, settled

#: Pages that show patients.
PAGES = all_pages.PAGES[:-1]
#: Who is in view -> registry and what stands in the link.
VIEWS = {
    "ten": ("published", ""),
    "one": ("published", "age=34"),
    "nobody": ("published", "age=12"),
    "two-groups": ("published", "by=breastfeeding"),
    "three-groups": ("published", "by=case_definition"),
    "60": ("60", ""),
    "1000": ("1000", ""),
    "1000-groups": ("1000", "by=breastfeeding"),
}

#: Screen -> width, height, what the link says besides.
SCREENS = {
    "1366x768": (1366, 768, ""),
    "1920x1080": (1920, 1080, ""),
    "phone": (390, 844, ""),
    "stage-16x9": (1280, 720, "present=1"),
    "stage-4x3": (960, 720, "present=1"),
}

#: What a phone says of itself: some figures are laid out for it.
PHONE = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Mobile Safari/537.36"


#: Pictures of the README -> address, width and height.
README = {
    "spine": ("/bone?tab=spine", 1280, 860),
    "stage": ("/pain?present=1", 1280, 720),
    "compare": ("/compare?a=breastfeeding=continued", 1280, 800),
    "proof": ("/claims", 1280, 800),
}


@dataclass(frozen=True)
class Picture:
    """A page with certain patients on a certain screen."""

    page: str
    view: str
    screen: str
    theme: str

    @property
    def name(self) -> str:
        return "-".join((self.page, self.view, self.screen, self.theme))

    @property
    def address(self) -> str:
        registry, said = VIEWS[self.view]
        options = [f"registry={registry}", said, SCREENS[self.screen][2]]
        return f"/{'' if self.page == 'overview' else self.page}?{'&'.join(filter(None, options))}"


def pictures() -> Iterator[Picture]:
    """All of them; a page that says the same of everybody is taken once."""
    for page in PAGES:
        for view in VIEWS:
            if page in ("claims", "registry") and view not in ("ten", "1000"):
                continue
            for screen in SCREENS:
                for theme in ("light", "dark"):
                    yield Picture(page, view, screen, theme)


def take(
    browser: Browser, url: str, path: Path, size: tuple[int, int], theme: str = "light", phone: bool = False
) -> None:
    """One picture: what is seen first."""
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        color_scheme=theme,  # type: ignore[arg-type]
        reduced_motion="reduce",
        is_mobile=phone,
        user_agent=PHONE if phone else None,
    )
    page = context.new_page()
    page.goto(url)
    settled(page, quiet=1.5)  # a figure is drawn in several goes
    page.screenshot(path=path)
    Image.open(path).quantize(256).save(path, optimize=True)  # a third of the size, and the eye sees no difference
    context.close()


def registries(home: Path) -> dict[str, str]:
    """The published ten beside made-up patients, as the server is told of them."""
    for cases in (60, 1000):
        publish(synthetic_tables(cases), about(cases, 1, "paper"), home / str(cases), STANDARD)
    return {"PLRO_REGISTRY": os.pathsep.join([SHIPPED_NAME, str(home / "60"), str(home / "1000")])}


def main() -> None:
    """The pictures that are asked for, into a folder."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, default=ROOT / "screenshots")
    parser.add_argument("--only", nargs="+", default=[], metavar="WORD", help="those whose name has all of these words")
    parser.add_argument("--readme", action="store_true", help="renew the pictures of the README, and no others")
    asked = parser.parse_args()
    if asked.readme:
        _readme(ROOT / "docs" / "pictures")
        return
    wanted = [entry for entry in pictures() if all(f"-{word}-" in f"-{entry.name}-" for word in asked.only)]
    asked.folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        server = stack.enter_context(running_server(registries(home)))
        browser = stack.enter_context(running_chromium())
        for number, picture in enumerate(wanted, 1):
            size, phone = SCREENS[picture.screen][:2], picture.screen == "phone"
            take(
                browser, server.url + picture.address, asked.folder / f"{picture.name}.png", size, picture.theme, phone
            )
            print(f"{number} of {len(wanted)}: {picture.name}", flush=True)


def _readme(folder: Path) -> None:
    """The README's pictures anew."""
    folder.mkdir(exist_ok=True)
    with running_server() as server, running_chromium() as browser:
        for name, (address, width, height) in README.items():
            take(browser, server.url + address, folder / f"{name}.png", (width, height))


if __name__ == "__main__":
    main()
