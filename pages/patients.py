"""Patients: one patient's whole record, and the way through all patients of the view."""

from pages.parts import record, steps
from pages.shared import page, session
from plro_core import lookups

view = session.view()
first = [int(case["case_id"]) for case in lookups.page_of_cases(view.registry, view.cohort, 0, 1)]
chosen = view.patient if view.patient is not None else next(iter(first), None)
if chosen is None:
    page.header("One patient's record")
    page.nobody(view)
else:
    page.header(f"Patient {chosen}", record.timeline(chosen))
    steps.show(view, chosen)
    record.show(chosen)
