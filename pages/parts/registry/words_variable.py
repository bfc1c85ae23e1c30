"""A variable of the registry's own, declared in a form; and which variables can be changed at all."""

import re
import unicodedata
from functools import partial
from typing import Any

import streamlit as st

from pages.parts.registry.words_draft import Change, key
from plro_core import declaring
from plro_core.declaring import editing
from plro_core.vocabulary import Variable, Vocabulary

_TABLES = {"At each visit": "visits", "Once a patient": "cases"}
_KINDS = {
    "a number": "number",
    "a whole number": "integer",
    "yes or no": "boolean",
    "one of some levels": "category",
    "text": "text",
}
_NUMBERS = ("number", "integer")


def own(words: Vocabulary) -> list[Variable]:
    """The variables that a registry declares itself; centres have a form of their own."""
    return [one for one in of_facts(words) if declaring.declared_by(words, one) == declaring.OWN]


def of_facts(words: Vocabulary) -> list[Variable]:
    """The variables that a registry may widen, or has declared itself."""
    ready = {entry.name for entry in words.variables if declaring.declared_by(words, entry) == declaring.READY}
    named = {f"{entry.name}_flag" for entry in words.variables}
    found = [entry for table in words.clinical for entry in words.columns(table)]
    return [
        entry
        for entry in found
        if entry.name not in ready | named | {"centre"}
        and (entry.kind == "category" or not entry.required)
        and entry.table != "unscheduled"
    ]


def number(label: str, name: str, value: float | None = None) -> float | None:
    """A number as it is typed; ``None`` while nothing is."""
    return st.number_input(label, value=value, step=None, format="%g", key=key(name), width=160)


def show(words: Vocabulary) -> Change | None:
    """The form of a new variable; nothing to take up before it has a label and, of a number, a plausible range."""
    with st.container(horizontal=True, key="words_variable"):
        label = st.text_input(
            "Label", key=key("new_label"), max_chars=60, placeholder="such as P1NP", width=300
        ).strip()
        name = st.text_input(
            "Name in files",
            key=key("new_name"),
            placeholder=_proposed(label) or "such as p1np",
            help="Small letters, digits and underscores. Left empty, it is the grey one.",
            width=220,
        ).strip()
        table = st.selectbox("Recorded", list(_TABLES), key=key("new_table"), width=200)
        kind = _KINDS[str(st.selectbox("What it is", list(_KINDS), key=key("new_kind"), width=200))]
    parts: dict[str, Any] = {
        "name": name or _proposed(label),
        "label": label,
        "table": _TABLES[str(table)],
        "kind": kind,
    }
    parts |= _of_number(kind) if kind in _NUMBERS else _of_levels() if kind == "category" else {}
    if (
        parts["table"] == "cases"
        and kind != "text"
        and st.checkbox("It is known only after treatment (an outcome)", key=key("new_outcome"))
    ):
        parts["outcome"] = True
    if lacking := _lacking(parts):
        st.caption(lacking)
        return None
    return partial(editing.with_variable, parts={part: value for part, value in parts.items() if value not in ("", {})})


def _of_number(kind: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    with st.container(horizontal=True, key="words_number"):
        found["unit"] = st.text_input("Unit", key=key("new_unit"), placeholder="such as ng/mL", width=160).strip()
        if kind == "number":
            found["decimals"] = int(st.number_input("Decimals", 0, 6, 1, key=key("new_decimals"), width=140))
        low, high = number("Plausible from", "new_from"), number("Plausible to", "new_to")
        ends = number("Reference from", "new_low"), number("Reference to", "new_high")
        source = st.text_input(
            "Whose reference range", key=key("new_source"), placeholder="such as kit insert", width=220
        ).strip()
    if low is not None and high is not None:
        found["plausible"] = [editing.plain(low), editing.plain(high)]
    if None not in ends:
        found["reference"] = [editing.plain(end) for end in ends if end is not None]
        found["reference_source"] = source
    return found


def _of_levels() -> dict[str, Any]:
    text = st.text_area(
        "Levels, one a line: code = words",
        key=key("new_levels"),
        placeholder="mild = mild\nsevere = severe",
        height=120,
    )
    pairs = [line.partition("=") for line in text.splitlines() if line.strip()]
    return {"levels": {code.strip(): words.strip() or code.strip() for code, _, words in pairs}}


def _lacking(parts: dict[str, Any]) -> str:
    """What has still to be typed, in one sentence; empty if nothing has."""
    if not parts["label"]:
        return "Give it a label first."
    if parts["kind"] in _NUMBERS and "plausible" not in parts:
        return "A number needs a plausible range: outside it a value is refused as a typing error."
    if "reference" in parts and not parts["reference_source"]:
        return "Say whose reference range it is."
    if parts["kind"] == "category" and not parts["levels"]:
        return "Name its levels, one a line."
    return ""


def _proposed(label: str) -> str:
    """A name made of a label: "Serum CTX (β)" gives "serum_ctx"."""
    plain = unicodedata.normalize("NFKD", label).encode("ascii", "ignore").decode().casefold()
    return re.sub(r"[^a-z0-9]+", "_", plain).lstrip("_0123456789")[:40].rstrip("_")
