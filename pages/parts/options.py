"""The options that the pages declare, collected for the main script."""

from pages.parts import (
    claims_view,
    differences_view,
    lumbar,
    manuscript_view,
    origins_view,
    pain_control_view,
    panels_view,
    patterns_view,
    reading,
    two_cohorts,
)
from pages.parts.registry import choice
from pages.shared import tabs
from pages.shared.options import collected

#: By name, in the order in which a link says them.
OPTIONS = collected(
    (
        *lumbar.OPTIONS,
        *two_cohorts.OPTIONS,
        *differences_view.OPTIONS,
        *pain_control_view.OPTIONS,
        *claims_view.OPTIONS,
        *patterns_view.OPTIONS,
        *panels_view.OPTIONS,
        *origins_view.OPTIONS,
        *reading.OPTIONS,
        *manuscript_view.OPTIONS,
        *choice.OPTIONS,
        *tabs.OPTIONS,
    )
)
