"""One patient's record on a page: timeline, facts, visits, treatments, imaging, and the source of every cell."""

from typing import Any

import streamlit as st

from pages.shared import page, session, tables_view
from pages.shared.figures import Figure, figure
from plro_core import lookups
from plro_core.export import Recipe, recipe_for
from plro_core.figures import Chart, patient_timeline
from plro_core.origins import patient_cells
from plro_core.store import Registry
from plro_core.text import NONE, as_recorded, safe_markdown, visit_name
from plro_core.vocabulary import RegistryTable, Variable, Vocabulary

_MARKS = {"inferred": "inferred", "assumed": "assumed", "conflict": "in conflict"}


class Poster(Figure):
    """A patient's poster: as wide as the screen here, a sheet of paper in every download."""

    def on_white(self, view: session.View) -> Chart:
        return self._on_paper.on_white(view)

    def recipe(self, view: session.View, title: str) -> Recipe:
        """How the sheet is made, since that is what leaves."""
        return self._on_paper.recipe(view, title)

    @property
    def _on_paper(self) -> Figure:
        return figure(self.draw, **{key: value for key, value in self.options if key != "form"})


def timeline(case_id: int) -> Figure:
    """The patient's poster; on a phone its parts stand one below the other."""
    phone = "Mobi" in st.context.headers.get("User-Agent", "")
    shown = figure(patient_timeline, case_id=case_id, form="column" if phone else "screen")
    return Poster(shown.draw, shown.name, shown.options)


def show(case_id: int) -> None:
    """The whole record of one patient, in or out of the present cohort."""
    view = session.view()
    words, found = view.registry.vocabulary, lookups.patient(view.registry, case_id)
    if not found["cases"]:
        st.info(f"Patient {case_id} is not in this registry.")
        return
    page.show(timeline(case_id))
    facts, findings = st.columns([3, 2], gap="large")
    with facts:
        _facts(words, found["cases"][0], lookups.uncertain_cells(view.registry, "cases"))
    with findings:
        _findings(words, found)
    _visits(view.registry, found["visits"])
    _treatments(words, found["treatments"], lookups.uncertain_cells(view.registry, "treatments"))
    for table in words.declared.tables:
        _more(words, table, found[table.name])
    _of_everybody(view.registry, case_id)
    with st.expander("Source of every cell of this patient"):
        call = f"patient_cells(registry, {case_id})"
        recipe = recipe_for(view.registry, f"Sources of patient {case_id}", view.cohort, call)
        tables_view.show(patient_cells(view.registry, case_id), "sources", recipe)


def _facts(words: Vocabulary, case: lookups.Record, uncertain: dict[tuple[str, str], lookups.Record]) -> None:
    """The case's own columns; what is inferred, assumed or in conflict says so."""
    st.header("Facts", anchor=False)
    rows = []
    for entry in words.columns("cases"):
        if entry.kind == "identifier":
            continue
        origin = uncertain.get((str(case["case_id"]), entry.name))
        remark = f"{_MARKS[origin['status']]}: {origin['note'] or origin['verbatim']}" if origin else ""
        rows.append({"Fact": entry.label, "Value": _written(entry, case[entry.name]), "Remark": remark})
    _table(rows)


def _findings(words: Vocabulary, found: dict[str, list[lookups.Record]]) -> None:
    """Symptoms, fractures and imaging as short lists."""
    st.header("Symptoms, fractures and imaging", anchor=False)
    site, level = words.variable("symptom", "symptoms"), words.variable("level", "fractures")
    rows = [
        {"Kind": "Symptom", "Finding": site.level_label(row["symptom"]), "Side": row["side"] or ""}
        for row in found["symptoms"]
    ]
    rows += [
        {
            "Kind": "Fracture",
            "Finding": " ".join(filter(None, (level.level_label(row["level"]), row["acuity"], row["type"]))),
            "Side": "",
        }
        for row in found["fractures"]
    ]
    rows += [
        {
            "Kind": row["modality"] or "Imaging",
            "Finding": f"{row['site']}: {row['finding']}" + (f" ({row['figure']})" if row["figure"] else ""),
            "Side": row["side"] or "",
        }
        for row in found["imaging"]
    ]
    _table(rows)


def _visits(registry: Registry, visits: list[lookups.Record]) -> None:
    st.header("Visits", anchor=False)
    words = registry.vocabulary
    more = (
        entry
        for entry in words.declared.variables
        if entry.table == "visits" and entry.kind != "category" and entry not in words.labs
    )
    measured = (*words.measured, *more)
    _table(
        [
            {
                "Visit": visit_name(visit["month"]),
                **{entry.axis_title: _written(entry, visit[entry.name]) + _arrow(visit, entry) for entry in measured},
            }
            for visit in visits
        ]
    )
    said = registry.told("record.arrows", "↑ and ↓ are reported flags.")
    st.caption(f"{said} {safe_markdown(words.variable('magnesium', 'visits').note)}")


def _arrow(visit: lookups.Record, entry: Variable) -> str:
    return {"H": " ↑", "L": " ↓"}.get(visit.get(f"{entry.name}_flag") or "", "")


def _treatments(
    words: Vocabulary, treatments: list[lookups.Record], uncertain: dict[tuple[str, str], lookups.Record]
) -> None:
    st.header("Treatments", anchor=False)
    kind = words.variable("kind", "treatments")
    rows = []
    for row in treatments:
        origin = uncertain.get((f"{row['case_id']}/{row['kind']}/{row['agent']}", "agent"))
        dose = f"{as_recorded(row['dose'])} {row['unit']}" if row["dose"] is not None else ""
        elsewhere = row["dose_elsewhere"]
        status = words.variable("dose_status", "treatments").level_label(row["dose_status"]) if elsewhere else ""
        dose = f"{dose} ({status}; elsewhere: {elsewhere})" if elsewhere else dose
        rows.append(
            {
                "Kind": kind.level_label(row["kind"]),
                "Intervention": row["agent"],
                "Dose": dose,
                "Route": row["route"] or "",
                "Frequency": row["frequency"] or "",
                "ATC": row["atc"] or "",
                "Remark": f"{_MARKS[origin['status']]}: {origin['note'] or origin['verbatim']}" if origin else "",
            }
        )
    _table(rows)


def _of_everybody(registry: Registry, case_id: int) -> None:
    """What documents state of their patients as a whole, of whom she is one."""
    for bound in registry.documents:
        if case_id in bound.patients and bound.document.facts:
            st.header(safe_markdown(f"{bound.document.short} of all its patients"), anchor=False)
            _table(
                [
                    {"Fact": fact.name, "Value": fact.value, "Words": f"“{fact.words}”", "Place": fact.place}
                    for fact in bound.document.facts
                ]
            )


def _more(words: Vocabulary, table: RegistryTable, records: list[lookups.Record]) -> None:
    """A table that the registry adds to the published ones."""
    st.header(safe_markdown(table.label), anchor=False)
    shown = [entry for entry in words.columns(table.name) if entry.name != "case_id"]
    recorded = [entry for entry in shown if any(row[entry.name] is not None for row in records)]
    _table([{entry.axis_title: _written(entry, row[entry.name]) for entry in recorded} for row in records])


def _written(entry: Variable, value: Any) -> str:
    if value is None:
        return NONE
    if isinstance(value, bool):
        return "yes" if value else "no"
    if entry.levels:
        return entry.level_label(str(value))
    if not entry.is_number:
        return str(value)
    return f"{entry.written(value)} {entry.unit}".strip() if entry.table == "cases" else entry.written(value)


def _table(rows: list[dict[str, str]]) -> None:
    if rows:
        heads = list(rows[0])
        tables_view.plain_grid(heads, [[row[name] for name in heads] for row in rows])
    else:
        st.caption("Nothing recorded.")
