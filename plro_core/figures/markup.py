"""The border of every figure: of what Plotly takes for HTML only the tags that figures themselves write are left."""

import re
from typing import Any

#: The tags that figures write. Whatever else begins like one, such as a picture or a link, is shown as text.
_FOREIGN = re.compile(
    r'<(?=[A-Za-z/!?])(?!br>|/?b>|/?i>|/?su[bp]>|/?extra>|/span>|span style="(?:color:[#\w(),.% ]+|font-size:[\d.]+px)">)'
)


def own_markup_alone(part: Any) -> Any:
    """A piece of a figure's JSON in whose texts nothing but the figures' own tags is mark-up.

    Each place that writes words of a registry into a figure escapes them (:func:`plro_core.text.safe_plotly`), so that they are
    read as they were written; this holds where one forgot to, and loads nothing.
    """
    if isinstance(part, str):
        return _FOREIGN.sub("&lt;", part) if "<" in part else part
    if isinstance(part, dict):
        return {name: own_markup_alone(value) for name, value in part.items()}
    if isinstance(part, list | tuple) and _may_hold_text(part):
        return [own_markup_alone(value) for value in part]
    return part


def _may_hold_text(values: list[Any] | tuple[Any, ...]) -> bool:
    """Whether a list holds more than numbers: those of many patients are long, and are left as they are."""
    return any(not isinstance(value, int | float | None) for value in values)
