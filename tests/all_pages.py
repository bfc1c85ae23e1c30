"""The pages, as their addresses name them, in the order of the menu."""

PAGES = (
    "overview",
    "pain",
    "labs",
    "bone",
    "treatments",
    "compare",
    "patients",
    "tables",
    "claims",
    "registry",
    "dictionary",
)
