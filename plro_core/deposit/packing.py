"""A version ready for a repository: the bundle, which “import” takes back, with all that describes it to others."""

from plro_core.bundle import CHECKSUMS, bundle_files, checksums, zipped
from plro_core.deposit import crate, zenodo
from plro_core.deposit.citation import citation_cff
from plro_core.deposit.sdtm import sdtm_files
from plro_core.store import Registry

_BESIDES = """
**This is a deposit**: the same files as above, described to others.

| file | what it is |
|---|---|
| `CITATION.cff` | how to cite the version, and the papers that its patients are from |
| `.zenodo.json` | Zenodo's form, filled in |
| `ro-crate-metadata.json` | every file with its checksum, after RO-Crate 1.1 |
| `sdtm/DM.csv`, `sdtm/LB.csv` | demographics and laboratory values in the shape of SDTM; `LBSTRESN` is in SI units there |
"""


def deposit(registry: Registry, guarded: bool = False) -> bytes:
    """A zip for Zenodo or another repository: a data package with citation, RO-Crate and SDTM's DM and LB besides.

    Raises:
        RegistryProblem: a file of the version is missing or was altered since the registry was opened.
    """
    files = bundle_files(registry, guarded)
    files["README.md"] += _BESIDES.encode()
    files |= {f"sdtm/{name}": content for name, content in sdtm_files(registry, guarded).items()}
    files |= {"CITATION.cff": citation_cff(registry), zenodo.NAME: zenodo.zenodo(registry)}
    files[crate.NAME] = crate.crate(registry, files)
    files[CHECKSUMS] = checksums(files)
    return zipped(files)
