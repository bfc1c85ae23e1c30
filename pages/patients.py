"""Patients: one patient's whole record, and the way through the patients of the cohort."""

from pages.parts import record
from pages.shared import page, session
from plro_core import lookups

view = session.view()
everyone = [int(case["case_id"]) for case in lookups.cases(view.registry, view.cohort)]
chosen = view.patient if view.patient is not None else next(iter(everyone), None)
if chosen is None:
    page.header("One patient's record")
    page.nobody(view)
else:
    page.header(f"Patient {chosen}", record.timeline(chosen))
    record.steps(everyone, chosen)
    record.show(chosen)
