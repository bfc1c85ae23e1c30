"""Demographics and laboratory values in the shape of CDISC SDTM's domains DM and LB, units standardised.

The shape only: test codes are the registry's own names. ``LBORRES`` is the stored number in the registry's unit;
``LBSTRESN`` the same in the SI unit that its variable declares, unconverted where it declares none.
"""

import csv
from io import StringIO
from typing import Any

from plro_core.bundle import zipped
from plro_core.bundle.laboratory import STUDY, lb_csv
from plro_core.store import Registry
from plro_core.text import guarded as guarded_text

#: Variables that a registry may declare -> the column of DM that they are.
_DECLARED = {"centre": "SITEID", "arm": "ARMCD"}

_README = """\
DM.csv and LB.csv have the shape of CDISC SDTM's domains, not its terminology: test codes are the registry's own names.

- SEX is F by the definition of the disease; no cell records it. AGE is the age that the registry records.
- LBORRES is the number as it is stored, in LBORRESU. LBSTRESN is the same in LBSTRESU: the SI unit where the variable declares
  a factor, with six digits, and else the stored number.
- LBNRIND is computed from the reference range in LBORNRLO and LBORNRHI, in the unit of LBORRESU. PRINTFL is the flag that came with
  the value and is another thing. UNITNOTE says what is uncertain about a unit; such a value is converted as if it were certain.
- VISITNUM is the planned month. No date is stored anywhere; LBDY counts from baseline, where the registry records days.
{warning}"""


def sdtm(registry: Registry, guarded: bool = False) -> bytes:
    """A zip with both domains; ``guarded``: a text that a spreadsheet would take for a formula has a quote before it."""
    warning = "- Synthetic data: none of these patients exist.\n" if registry.manifest.synthetic else ""
    return zipped(sdtm_files(registry, guarded) | {"README.txt": _README.format(warning=warning).encode()})


def sdtm_files(registry: Registry, guarded: bool = False) -> dict[str, bytes]:
    """Both domains by the names of their files."""
    return {"DM.csv": dm_csv(registry, guarded), "LB.csv": lb_csv(registry, guarded, standardised=True)}


def dm_csv(registry: Registry, guarded: bool = False) -> bytes:
    """One row a patient: who, how old, of which centre and arm, as far as the registry records it."""
    held = {entry.name for entry in registry.vocabulary.columns("cases")}
    further = {name: head for name, head in _DECLARED.items() if name in held}
    text = StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(("STUDYID", "DOMAIN", "USUBJID", "SUBJID", "AGE", "AGEU", "SEX", *further.values()))
    columns = ", ".join(("case_id", "age", *(f'"{name}"' for name in further)))
    for case_id, age, *rest in registry.rows(f"SELECT {columns} FROM cases ORDER BY case_id"):
        told: list[Any] = [guarded_text(cell) if guarded and isinstance(cell, str) else cell for cell in rest]
        writer.writerow((STUDY, "DM", f"{STUDY}-{case_id}", case_id, age, "" if age is None else "YEARS", "F", *told))
    return text.getvalue().encode()
