"""Where the files lie that come with the program: the published registry, what it was made from, and the text face."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def _home(installed: str, project: str) -> Path:
    """Inside the package where that was installed from a wheel, otherwise beside it in the project's folder."""
    inside = _PACKAGE / installed
    return inside if inside.is_dir() else _PACKAGE.parent / project


SHIPPED = _home("_shipped", "data")
FONTS = _home("_fonts", "pages/server/fonts")
