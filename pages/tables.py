"""Tables: the summary table of the cohort, the tables that a document prints, and the cells behind a number; one at a time."""

from functools import partial

from pages.parts import manuscript_view, origins_view, reading
from pages.shared import page, session
from pages.shared.staging import printed_table_slide, summary_slide
from pages.shared.tabs import Tab, Tabs
from plro_core.confounding import confounded
from plro_core.export import printed_recipe, table_one_recipe
from plro_core.tables import printed_table, printed_tables, table_one
from plro_core.text import slug

view = session.view()
documents = list(printed_tables(view.registry))


def summary() -> None:
    page.group_control()
    if page.nobody(view):
        return
    if view.group is not None:
        page.caveats(confounded(view.registry, view.group, view.cohort))
    table = table_one(view.registry, view.cohort, view.group)
    reading.show(table, "table1", table_one_recipe(view.registry, view.cohort, view.group))
    page.confounders(view)


def printed(document: str) -> None:
    table = printed_table(view.registry, document, view.cohort)
    reading.show(table, document.lower().replace(" ", "_"), printed_recipe(view.registry, document, view.cohort))


def source() -> None:
    if not page.nobody(view):
        origins_view.show(view)


tabs = Tabs(
    (
        Tab(manuscript_view.TAB, "Summary (Table 1)", partial(manuscript_view.show, view)),
        Tab(manuscript_view.FULL, "Every statistic", summary, (summary_slide(view),)),
        *(
            Tab(slug(document), f"Printed {document}", partial(printed, document), (printed_table_slide(document),))
            for document in documents
        ),
        Tab("source", "Where a number comes from", source),
    ),
    # A link that names a number was made to show its cells.
    usual="source" if view.options.keys() & {"number", "column"} else manuscript_view.TAB,
    leaves=(*reading.NAMES, *manuscript_view.NAMES),
)
page.header("Summary and printed tables" if documents else "Summary table", tabs)
tabs.show()
