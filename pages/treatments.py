"""Treatments: who got what, which groups overlap, and what the text leaves open."""

from pages.shared import page, session, tables_view
from pages.shared.figures import figure
from pages.shared.tabs import Tab, Tabs
from plro_core.export import recipe_for
from plro_core.figures import overlap, swimmer, treatment_matrix
from plro_core.origins import open_questions

view = session.view()
interventions = figure(treatment_matrix, group=view.options.get("by"), highlight=view.patient)
groups_overlap = figure(overlap, highlight=view.patient)
lanes = figure(swimmer, highlight=view.patient)


def matrix() -> None:
    page.show(interventions)
    page.highlighted()


def left_open() -> None:
    call = "open_questions(registry, cohort)"
    recipe = recipe_for(view.registry, f"What the {view.registry.source_word} leaves open", view.cohort, call)
    tables_view.show(page.answer(open_questions), "open_questions", recipe)


tabs = Tabs(
    (
        Tab("interventions", "Interventions", matrix, (interventions,)),
        Tab("delivery", "From delivery", lambda: page.show(lanes), (lanes,)),
        Tab("overlap", "Which groups overlap", lambda: page.show(groups_overlap), (groups_overlap,)),
        Tab("open", "What the text leaves open", left_open),
    )
)
page.header("Who got what?", tabs)
if not page.nobody(view):
    page.tools()
    tabs.show()
    page.confounders(view)
