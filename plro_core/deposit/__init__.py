"""A version as others take it: for a repository, in the shape of SDTM, and as a phenopacket for each patient."""

from plro_core.deposit.citation import citation_cff
from plro_core.deposit.packing import deposit
from plro_core.deposit.phenopackets import phenopackets
from plro_core.deposit.sdtm import sdtm

__all__ = ["citation_cff", "deposit", "phenopackets", "sdtm"]
