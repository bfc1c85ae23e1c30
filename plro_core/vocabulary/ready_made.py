"""Ready-made declarations beyond the standard words, which a registry takes up by name in its ``variables.toml``.

Dates are kept as days from baseline, never as calendar dates: a registry should hold no more of a person than it needs.
"""

from collections.abc import Callable
from dataclasses import replace

from plro_core.vocabulary.model import USUAL_RATIO, Jump, Kind, Level, Range, RegistryTable, Variable, Widening
from plro_core.vocabulary.ranges import with_published
from plro_core.vocabulary.standard import CERVICAL, LABS, VAS, YES_NO, patient_column, reported_flag

_WIDE = "wide guard against typing errors"


def _case(name: str, label: str, kind: Kind, group: str = "Risk factors", **rest: object) -> Variable:
    declared = Variable(name, label, "cases", kind, group, levels=YES_NO if kind == "boolean" else (), optional=True)
    shown = kind != "text"
    return replace(declared, filterable=shown, summarised=shown, panel=group if shown else "", place=99, **rest)  # type: ignore[arg-type]


def _laboratory(name: str, label: str, unit: str, loinc: str, plausible: Range) -> Variable:
    declared = Variable(
        name,
        label,
        "visits",
        "number",
        "Laboratory",
        unit=unit,
        loinc=loinc,
        plausible=plausible,
        decimals=1,
        filterable=True,
        summarised=True,
        optional=True,
        jump=Jump("ratio", USUAL_RATIO),
        panel="Laboratory at baseline",
        place=99,
    )
    return with_published(declared)


#: Columns by name.
COLUMNS: dict[str, Variable] = {
    entry.name: entry
    for entry in (
        _case(
            "source_id",
            "Record in the source",
            "text",
            "Identifiers",
            note="The identifier of the patient's record where it was kept before, such as a REDCap record id. Never a name.",
        ),
        _case("bmi", "Body mass index", "number", unit="kg/m2", decimals=1, plausible=Range(10, 80, _WIDE)),
        _case("parity", "Parity", "integer", plausible=Range(0, 20, _WIDE), note="Deliveries, the index one included."),
        _case("family_history", "Family history of osteoporosis", "boolean"),
        _case("heparin", "Heparin in pregnancy", "boolean"),
        _case("glucocorticoids", "Glucocorticoids", "boolean"),
        _case("ivf", "In-vitro fertilisation", "boolean", noun="in-vitro fertilisation"),
        _case("calcium_intake", "Calcium intake", "integer", unit="mg a day", plausible=Range(0, 10_000, _WIDE)),
        Variable(
            "day",
            "Day of the visit",
            "visits",
            "integer",
            "Identifiers",
            unit="days from baseline",
            plausible=Range(-400, 20_000, _WIDE),
            note="The day on which the visit took place; the month says which visit it was.",
            optional=True,
        ),
        replace(
            _laboratory(
                "serum_magnesium",
                "Serum magnesium",
                "mg/dL",
                "2601-3",
                Range(0.3, 10, _WIDE),
            ),
            note="Not the column “Mg”, whose analyte is uncertain.",
        ),
        _laboratory("phosphate", "Phosphate", "mg/dL", "2777-1", Range(0.3, 20, _WIDE)),
        _laboratory("potassium", "Potassium", "mmol/L", "2823-3", Range(1, 10, _WIDE)),
        _laboratory("albumin", "Albumin", "g/dL", "1751-7", Range(0.5, 8, _WIDE)),
    )
}

#: Tables by name, each with its columns.
TABLES: dict[str, tuple[RegistryTable, tuple[Variable, ...]]] = {}


def _table(table: RegistryTable, *entries: Variable) -> None:
    TABLES[table.name] = (table, entries)


def _of(table: RegistryTable, name: str, label: str, kind: Kind = "text", **rest: object) -> Variable:
    return Variable(name, label, table.name, kind, table.label, **rest)  # type: ignore[arg-type]


def _patient_of(table: RegistryTable) -> Variable:
    return replace(patient_column("visits"), table=table.name, group=table.label)


def _day_of(table: RegistryTable) -> Variable:
    return replace(COLUMNS["day"], table=table.name, group=table.label, required=True, optional=False, note="")


_DENSITOMETRY = RegistryTable(
    "densitometry", "Bone density over time", "one site of one DXA scan", ("case_id", "day", "site"), optional=True
)
_table(
    _DENSITOMETRY,
    _patient_of(_DENSITOMETRY),
    _day_of(_DENSITOMETRY),
    _of(
        _DENSITOMETRY,
        "site",
        "Site",
        "category",
        required=True,
        levels=(
            Level("l1_l4", "L1-L4"),
            Level("l2_l4", "L2-L4"),
            Level("femoral_neck", "femoral neck"),
            Level("total_hip", "total hip"),
            Level("radius", "radius"),
        ),
    ),
    _of(_DENSITOMETRY, "machine", "Machine", note="Values of two machines must not be compared without calibration."),
    _of(
        _DENSITOMETRY,
        "bmd",
        "Bone mineral density",
        "number",
        unit="g/cm2",
        decimals=3,
        plausible=Range(0.1, 3, _WIDE),
    ),
    _of(_DENSITOMETRY, "t_score", "T-score", "number", decimals=1, plausible=Range(-8, 6, _WIDE)),
    _of(
        _DENSITOMETRY,
        "z_score",
        "Z-score",
        "number",
        decimals=1,
        plausible=Range(-8, 6, _WIDE),
        note="ISCD recommends Z-scores before menopause.",
    ),
)


def _unscheduled(labs: tuple[Variable, ...]) -> None:
    """Visits between the planned ones, with whatever a planned visit records."""
    table = RegistryTable(
        "unscheduled", "Unscheduled visits", "one visit that was not planned", ("case_id", "day"), optional=True
    )
    measured = (VAS, *(entry for lab in labs for entry in (lab, reported_flag(lab))))
    # between the planned visits there is no baseline, so nothing there is filtered by, summarised or held against groups
    moved = (
        replace(entry, table=table.name, filterable=False, summarised=False, optional=False, confounder=0)
        for entry in measured
    )
    _table(table, _patient_of(table), _day_of(table), *moved)


_unscheduled(LABS)

_PREGNANCIES = RegistryTable(
    "pregnancies",
    "Subsequent pregnancies",
    "one pregnancy after the one that led to the diagnosis",
    ("case_id", "number"),
    optional=True,
)
_table(
    _PREGNANCIES,
    _patient_of(_PREGNANCIES),
    _of(_PREGNANCIES, "number", "Number", "integer", required=True, plausible=Range(1, 20, _WIDE)),
    _of(
        _PREGNANCIES,
        "weeks",
        "Delivery",
        "integer",
        unit="weeks from the index delivery",
        plausible=Range(20, 2000, _WIDE),
    ),
    _of(
        _PREGNANCIES,
        "outcome",
        "Outcome",
        "category",
        levels=(Level("live_birth", "live birth"), Level("loss", "loss"), Level("ongoing", "ongoing")),
    ),
    _of(_PREGNANCIES, "fracture", "New fracture", "boolean", levels=YES_NO),
    _of(_PREGNANCIES, "breastfed", "Breastfed", "boolean", levels=YES_NO),
    _of(_PREGNANCIES, "prophylaxis", "Prophylaxis"),
)


def _sites(**labels: str) -> tuple[Level, ...]:
    return tuple(Level(code, label) for code, label in labels.items())


#: What a registry may allow beyond the standard variables, by name.
WIDENINGS: dict[str, tuple[Widening, ...]] = {
    "further_fractures": (
        Widening(
            "fractures",
            "level",
            (
                *(Level(code, code) for code in CERVICAL),
                *_sites(
                    sacrum="sacrum",
                    pubis="pubis",
                    rib="rib",
                    sternum="sternum",
                    humerus="humerus",
                    wrist="wrist",
                    hip="hip",
                    femoral_neck="femoral neck",
                    femoral_shaft="femoral shaft",
                    tibia="tibia",
                    ankle="ankle",
                    metatarsal="metatarsal",
                ),
            ),
        ),
        Widening("fractures", "type", (Level("insufficiency", "insufficiency fracture"),)),
        Widening("fractures", "acuity", (Level("chronic", "chronic"),)),
    ),
    "never_breastfed": (
        Widening(
            "cases", "breastfeeding", (Level("never", "never breastfed", ("not breastfed", "did not breastfeed")),)
        ),
    ),
    "onset_in_pregnancy": (
        Widening("cases", "weeks_postpartum", plausible=Range(-40, 104, "pregnancy and two years")),
    ),
    "half_points": (Widening("visits", "vas", decimals=1),),
}


def widening_that(allows: Callable[[Variable], bool], entry: Variable) -> str:
    """The name of the ready-made widening that makes a variable one which ``allows`` it; empty if there is none."""
    return next(
        (
            name
            for name, steps in WIDENINGS.items()
            if any((step.table, step.name) == (entry.table, entry.name) and allows(step.of(entry)) for step in steps)
        ),
        "",
    )
