"""Patients: one patient's whole record, and the way through the patients of the cohort."""

from pages.shared import page, record, session
from plro_core import lookups

view = session.view()
everyone = [int(case["case_id"]) for case in lookups.cases(view.registry, view.cohort)]
chosen = view.patient if view.patient is not None else next(iter(everyone), None)
page.header("One patient's record" if chosen is None else f"Patient {chosen}")
if chosen is None:
    page.nobody(view)
else:
    record.steps(everyone, chosen)
    record.show(chosen)
