"""The cohort panel: filters with counts, a search for any other, chips for what is active, and a reset."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from pages.shared import filter_search, registries, session, undo
from plro_core.cohort import EVERYONE, PATIENTS, Cohort, Criterion
from plro_core.counts import Frequency, Group, counts
from plro_core.problems import QueryProblem
from plro_core.store import Registry
from plro_core.text import grouped, number, safe_markdown
from plro_core.vocabulary import Level, Range, Variable, Vocabulary

_OPEN_AT_FIRST = ("Risk factors", "Treatment")
_MOST_PILLS = 8
_MISSING = Level("~", "not recorded")
_RECORDED = Level("!", "recorded")


def panel(view: session.View) -> None:
    """Draw the panel in the sidebar."""
    with st.sidebar:
        choose_registry()
        undo.buttons()
        st.header("Cohort", anchor=False)
        with st.container(key="panel_count"):
            st.markdown(f"**{view.size.sentence}**")
        _chips(view.cohort)
        words = view.registry.vocabulary
        own = filter_search.own_keys(view.cohort, words)
        counted = tuple(key for key in own if key != PATIENTS)
        found = _option_counts(view.registry, view.data, view.cohort.query, counted)
        filter_search.search(words, own)
        filter_search.own(view, own, lambda key: _filter(words, key, view.cohort.get(key), *found[key]))
        for section, offered in words.panel.items():
            keys = [key for key in offered if key not in own]
            if not keys:
                continue
            active = any(view.cohort.get(key) for key in keys)
            with st.expander(
                safe_markdown(section), expanded=active or section in _OPEN_AT_FIRST, key=f"section_{section}"
            ):
                for key in keys:
                    _filter(words, key, view.cohort.get(key), *found[key])


def choose_registry() -> None:
    """Which of the registries that are served here one looks at; nothing where there is one alone."""
    for sentence in registries.not_served():
        st.warning(safe_markdown(sentence), icon=":material/database_off:")
    known = list(registries.served())
    if len(known) < 2:
        return
    st.session_state["registry_name_chosen"] = registries.name()
    st.selectbox(
        "Registry",
        known,
        format_func=registries.called,
        key="registry_name_chosen",
        on_change=lambda: session.use_registry(st.session_state["registry_name_chosen"]),
    )


def _chips(cohort: Cohort) -> None:
    if not cohort.criteria:
        st.caption("All patients. Choose below to narrow the view.")
        return
    with st.container(horizontal=True, gap="small", key="chips"):
        for criterion in cohort.criteria:
            st.button(
                safe_markdown(criterion.phrase),
                icon=":material/close:",
                icon_position="right",
                key=f"chip_{criterion.key}",
                help="Remove this filter",
                on_click=session.set_criterion,
                args=(criterion.key, None),
            )
        st.button("Reset", type="tertiary", key="reset", on_click=session.set_cohort, args=(EVERYONE,))


@st.cache_data(show_spinner=False, max_entries=500)
def _option_counts(
    _registry: Registry, data: str, query: str, own: tuple[str, ...]
) -> dict[str, tuple[Frequency, Frequency]]:
    """For each key of the panel and of the reader's own filters: its frequencies in the cohort without its own filter, and among all patients."""
    cohort = Cohort.parse(query, _registry.vocabulary)
    panel = [key for section in _registry.vocabulary.panel.values() for key in section]
    keys = list(dict.fromkeys([*own, *panel]))
    of_panel = _registry.kept("everyone by the panel", lambda: _frequencies(_registry, EVERYONE, panel))
    everyone = of_panel | _frequencies(_registry, EVERYONE, [key for key in own if key not in of_panel])
    idle = _frequencies(_registry, cohort, [key for key in keys if not cohort.get(key)])
    active = {key: _frequencies(_registry, cohort.without(key), [key])[key] for key in keys if cohort.get(key)}
    return {key: ((idle | active)[key], everyone[key]) for key in keys}


def _frequencies(registry: Registry, cohort: Cohort, keys: Sequence[str]) -> dict[str, Frequency]:
    """Frequencies of panel keys; visits that the cohort leaves out still count for a fact of one visit."""
    filters = registry.vocabulary.filters
    named = {key: filters[key.partition(".")[0]] for key in keys}

    def asked(chosen: list[Variable], among: Cohort) -> dict[tuple[str, int | None, Group], Frequency]:
        return counts(registry, chosen, among) if chosen else {}

    of_who = asked([entry for entry in named.values() if not entry.per_visit], cohort)
    at_visits = asked([entry for key, entry in named.items() if entry.per_visit and "." in key], Cohort(cohort.who))
    which_visits = asked([entry for key, entry in named.items() if entry.per_visit and "." not in key], cohort)
    found = {}
    for key, entry in named.items():
        if not entry.per_visit:
            found[key] = of_who.get((entry.name, None, None), Frequency())
        elif "." in key:
            found[key] = at_visits.get((entry.name, _month(key), None), Frequency())
        else:
            of_visits = (frequency for (name, _, _), frequency in which_visits.items() if name == entry.name)
            found[key] = sum(of_visits, Frequency())
    return found


def _filter(words: Vocabulary, key: str, active: Criterion | None, here: Frequency, everyone: Frequency) -> None:
    """One filter, drawn from the active criterion; a criterion it cannot show stays as a chip alone."""
    variable = words.filters[key.partition(".")[0]]
    if not everyone.values and active is None:
        st.caption(f"{_label(key, variable)}: not recorded in this registry")
    elif variable.levels:
        _levels(key, variable, active, here, everyone)
    elif len(everyone.values) < 2:
        _recorded(key, variable, active, here)
    else:
        _range(key, variable, active, here, everyone)


def _levels(key: str, variable: Variable, active: Criterion | None, here: Frequency, everyone: Frequency) -> None:
    counted = {_code(variable, value): count for value, count in here.values.items()} | {"~": here.missing}
    recorded = {_code(variable, value) for value in everyone.values}
    options = [level for level in variable.levels if level.code in recorded] + [_MISSING] * bool(everyone.missing)
    chosen = [] if active is None or active.negated else [code.code for code in options if _is_chosen(code, active)]
    chosen += ["~"] if active and active.keeps_missing and not active.negated else []
    _choices(key, variable, options, counted, chosen)


def _recorded(key: str, variable: Variable, active: Criterion | None, here: Frequency) -> None:
    """A number that hardly varies can only be recorded or not."""
    chosen = [active.text] if active and active.text in ("!", "~") else []
    _choices(key, variable, [_RECORDED, _MISSING], {"!": here.n, "~": here.missing}, chosen)


def _choices(key: str, variable: Variable, options: list[Level], counted: dict[str, int], chosen: list[str]) -> None:
    labels = {level.code: f"{level.label} · {grouped(counted.get(level.code, 0))}" for level in options}
    st.session_state[_widget("filter", key)] = [code for code in chosen if code in labels]
    settings: dict[str, Any] = {
        "key": _widget("filter", key),
        "help": safe_markdown(variable.note) or None,
        "on_change": _choices_changed,
        "args": (key,),
    }
    if len(options) <= _MOST_PILLS:
        st.pills(
            _label(key, variable),
            list(labels),
            selection_mode="multi",
            format_func=lambda code: safe_markdown(labels[code]),
            **settings,
        )
    else:
        st.multiselect(
            _label(key, variable), list(labels), format_func=lambda code: labels[code], placeholder="any", **settings
        )


def _choices_changed(key: str) -> None:
    chosen = list(st.session_state[_widget("filter", key)])
    text = chosen[-1] if "!" in chosen and chosen[-1] in "!~" else ",".join(chosen)
    try:
        session.set_criterion(key, Criterion.parse(key, text, registries.words()) if text else None)
    except QueryProblem as problem:  # no choice of this filter: a browser may say anything
        st.toast(safe_markdown(str(problem)))


def _range(key: str, variable: Variable, active: Criterion | None, here: Frequency, everyone: Frequency) -> None:
    low, high = min(everyone.values), max(everyone.values)
    shown = _slider_range(active, low, high)
    st.session_state[_widget("range", key)] = shown or (low, high)
    st.slider(
        _label(key, variable),
        low,
        high,
        step=1 if variable.kind == "integer" else 10.0**-variable.decimals,
        format=f"%.{variable.decimals}f" if variable.kind == "number" else "%d",
        key=_widget("range", key),
        help=safe_markdown(variable.note) or None,
        on_change=_range_changed,
        args=(key, low, high),
    )
    if here.missing:
        left_out = active is not None and shown is not None and not active.keeps_missing
        st.caption(f"{number(here.missing)} not recorded{', left out' if left_out else ''}")


def _slider_range(active: Criterion | None, low: float, high: float) -> tuple[float, float] | None:
    """The slider's ends for a criterion of one plain range; nothing for any other."""
    if active is None or active.negated or len(active.items) != 1 or not isinstance(active.items[0], Range):
        return None
    kind = type(low)
    ends = active.items[0]
    first = low if ends.low is None else kind(min(max(ends.low, low), high))
    last = high if ends.high is None else kind(max(min(ends.high, high), low))
    return first, last


def _range_changed(key: str, low: float, high: float) -> None:
    first, last = st.session_state[_widget("range", key)]
    if (first, last) == (low, high):
        session.set_criterion(key, None)
    else:
        session.set_criterion(
            key,
            Criterion(
                registries.words().filters[key.partition(".")[0]],
                # an end of the slider that was not moved asks for nothing: a later value may lie beyond it
                (Range(None if first == low else first + 0.0, None if last == high else last + 0.0),),
                month=_month(key),
            ),
        )


def _widget(kind: str, key: str) -> str:
    """The name of a filter's widget. One variable is a range in one registry and a choice in another, and a widget whose
    name lived on in another form would be answered in the words of the first.
    """
    first = registries.name() == next(iter(registries.served()))
    return f"{kind}_{key}" if first else f"{kind}_{key} {registries.name()}"


def _month(key: str) -> int | None:
    _, dot, month = key.partition(".")
    return int(month) if dot else None


def _label(key: str, variable: Variable) -> str:
    visits = ": which visits" if variable.per_visit and "." not in key and variable.name != "month" else ""
    label = filter_search.at_visit(key, safe_markdown(variable.label)) + visits
    unit = variable.unit or variable.scale
    return f"{label} ({safe_markdown(unit)})" if unit and variable.is_number and not variable.levels else label


def _code(variable: Variable, value: object) -> str:
    return ("yes" if value else "no") if variable.kind == "boolean" else str(value)


def _is_chosen(level: Level, active: Criterion) -> bool:
    """Whether an option is among the criterion's items; a level that is a number may lie in a range."""
    return any(
        level.code == item if isinstance(item, str) else level.code.isdecimal() and int(level.code) in item
        for item in active.items
    )
