"""The controls of the stage: steps, jumps, spotlight, screen, speaker's window. They lie over the figure and vanish."""

from collections.abc import Callable, Mapping, Sequence

import streamlit as st

from pages.shared import desk, session, staging, steps_on_stage, tables_view
from pages.shared.steps_on_stage import Stop, Way
from pages.shared.tabs import Staged
from plro_core import lookups
from plro_core.figures import Chart
from plro_core.figures.style import group_name

_OPEN = "present_open_panel"
_OTHER_SCREEN = {"16x9": "4x3", "4x3": "16x9"}
_SCREENS = {"16x9": "16:9", "4x3": "4:3"}
#: As many patients as a choice offers by number.
_MOST_PATIENTS = 60
#: What a key does on the stage.
KEYS = (
    ("Left, Right", "the slide before, the next slide (Page Up and Page Down, as a clicker sends them, too)"),
    ("1 to 9", "to that figure of the page, or that view of the talk"),
    ("S", "spotlight: everybody else is muted"),
    ("W", "the other screen, 16:9 or 4:3"),
    ("?", "the keys of the stage"),
    ("Esc", "leave"),
)
#: What a click does there.
_CLICKS = ("Click", "on a patient's point highlights her, on a group's name puts it in the spotlight")


def show(view: session.View, figures: Sequence[Staged], chart: Chart | None, stage: str) -> None:
    """All controls of who presents."""
    way = steps_on_stage.way(view, figures, chart.slides if chart else 1)
    link = desk.keep(way, chart.title if chart else "")
    with st.container(key="present_bar", gap=None):
        with st.container(horizontal=True, key="present_controls", gap="xsmall", vertical_alignment="center"):
            _step(f"Previous {way.what}", ":material/chevron_left:", "Left", way.previous)
            if way.words:
                st.caption(way.words)
            _step(f"Next {way.what}", ":material/chevron_right:", "Right", way.following)
            _jumps(way)
            if chart and chart.notes:
                with st.popover("Notes", icon=":material/notes:", type="tertiary", key="present_notes"):
                    tables_view.notes(chart.notes)
            _panel_button("Spotlight", ":material/highlight:", "S", "spot")
            st.button(
                f"Screen {_SCREENS[_OTHER_SCREEN[stage]]}",
                icon=":material/aspect_ratio:",
                type="tertiary",
                key="present_screen",
                shortcut="W",
                on_click=session.set_option,
                args=("screen", _OTHER_SCREEN[stage]),
            )
            st.link_button("Speaker’s window", link, icon=":material/speaker_notes:", type="tertiary")
            _panel_button("Keys", ":material/keyboard:", None, "keys")
            opens = figures[way.at].opens if "figure" in view.options and figures and way.what == "figure" else {}
            st.button("Leave", type="tertiary", key="present_leave", shortcut="Esc", on_click=leave, args=(opens,))
        _panel(view)
    _keys(way)


def shapes(view: session.View, stage: str) -> None:
    """A button that nobody sees, by which the window says that it has the other shape."""
    if "screen" in view.options:
        return
    other = _OTHER_SCREEN[stage]
    with st.container(key="present_keys_shape"):
        st.html("<style>.st-key-present_keys_shape { display: none }</style>")
        st.button(f"The window is {other}", key=f"present_shape_{other}", on_click=staging.set_shape, args=(other,))


def _step(words: str, icon: str, key: str, act: Callable[[], None] | None) -> None:
    st.button(
        words.split()[0],
        icon=icon,
        type="tertiary",
        key=f"present_{words.split()[0].lower()}",
        help=words,
        shortcut=key,
        disabled=act is None,
        on_click=act,
    )


def _jumps(way: Way) -> None:
    """All stops by name."""
    if len(way.stops) < 2:
        return
    names = [f"{number}. {stop.name}" for number, stop in enumerate(way.stops, 1)]
    st.session_state["present_jump"] = names[way.at]
    st.selectbox(
        "Slides",
        names,
        key="present_jump",
        label_visibility="collapsed",
        width=220,
        on_change=_jumped,
        args=(dict(zip(names, way.stops, strict=True)),),
    )


def _jumped(stops: Mapping[str, Stop]) -> None:
    if (stop := stops.get(st.session_state["present_jump"])) is not None:  # a browser may say anything
        stop.go()


def _keys(way: Way) -> None:
    """Keys without a button in sight: numbers jump, and what a presenter's clicker sends steps."""
    with st.container(key="present_keys"):
        for number, stop in enumerate(way.stops[:9], 1):
            st.button(str(number), key=f"present_key_{number}", shortcut=str(number), on_click=stop.go)
        for name, key, act in (("back", "PageUp", way.previous), ("on", "PageDown", way.following)):
            st.button(name, key=f"present_key_{name}", shortcut=key, disabled=act is None, on_click=act)


def _panel_button(words: str, icon: str, key: str | None, panel: str) -> None:
    st.button(
        words, icon=icon, type="tertiary", key=f"present_panel_{panel}", shortcut=key, on_click=_toggle, args=(panel,)
    )


def _toggle(panel: str) -> None:
    st.session_state[_OPEN] = None if st.session_state.get(_OPEN) == panel else panel


def _panel(view: session.View) -> None:
    """What a button has opened under the controls: the choice of whom the light is on, or the keys."""
    opened = st.session_state.get(_OPEN)
    if opened == "spot":
        _spotlight(view)
    elif opened == "keys":
        st.caption("  \n".join(f"**{key}** {words}" for key, words in (*KEYS, _CLICKS)))


def _spotlight(view: session.View) -> None:
    offered = {"Everybody": None} | _lights(view)
    chosen = view.options.get("spot")
    by_value = {value: words for words, value in offered.items()}
    if chosen not in by_value:
        offered[str(chosen)] = chosen
        by_value[chosen] = str(chosen)
    st.session_state["present_spot"] = by_value[chosen]
    st.selectbox(
        "Spotlight on",
        list(offered),
        key="present_spot",
        width=420,
        on_change=lambda: session.set_option("spot", offered[st.session_state["present_spot"]]),
    )


def _lights(view: session.View) -> dict[str, str | None]:
    """Whom the light can be put on: groups by their levels, then patients by their numbers."""
    groups: dict[str, str | None] = {
        f"{entry.label}: {group_name(entry, level.code)}": f"{entry.name}={level.code}"
        for entry in view.registry.vocabulary.groupings
        for level in entry.levels
    }
    ids = [case["case_id"] for case in lookups.cases(view.registry, view.cohort, _MOST_PATIENTS)]
    return groups | {f"Patient {case_id}": str(case_id) for case_id in ids}


def leave(opens: Mapping[str, str | None]) -> None:
    """Back to the page, with the tab open of which the figure was on the stage."""
    left = ("figure", "view", "present", "slide", "slide_words", "screen", "spot")
    session.set_options(dict.fromkeys(left) | dict(opens))
