"""What a report rests on, as references: the documents of the registry, sources of ranges, and the methods that it uses."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from plro_core.series.literature import published
from plro_core.store import Registry
from plro_core.text import slug
from plro_core.vocabulary import Variable

_DOI = re.compile(r"\b10\.\d{4,9}/[^\s;,]+")


@dataclass(frozen=True)
class Reference:
    """One entry: a key for programs, the reference in words, and its DOI or address where it has one."""

    key: str
    text: str
    doi: str = ""
    url: str = ""

    @property
    def words(self) -> str:
        """The reference as it stands in a list."""
        ending = "" if not self.doi or self.doi in self.text else f" doi:{self.doi}"
        return f"{self.text.rstrip('.')}.{ending}"

    @property
    def bibtex(self) -> str:
        """The entry as BibTeX; its text is kept whole, because nobody can take it apart safely."""
        parts = {"title": f"{{{_tex(self.text)}}}", "doi": self.doi, "url": self.url}
        told = ",\n".join(f"  {name} = {{{value}}}" for name, value in parts.items() if value)
        return f"@misc{{{self.key},\n{told}\n}}\n"


QUANTILES = Reference(
    "hyndman1996",
    "Hyndman RJ, Fan Y. Sample quantiles in statistical packages. The American Statistician 1996;50:361–365",
    "10.1080/00031305.1996.10473566",
)
SHIFT = Reference(
    "hodges1963",
    "Hodges JL, Lehmann EL. Estimates of location based on rank tests. The Annals of Mathematical Statistics 1963;34:598–611",
    "10.1214/aoms/1177704172",
)
CENSORED = Reference(
    "turnbull1976",
    "Turnbull BW. The empirical distribution function with arbitrarily grouped, censored and truncated data. "
    "Journal of the Royal Statistical Society B 1976;38:290–295",
)
CARE = Reference(
    "care2013",
    "Gagnier JJ et al. The CARE guidelines: consensus-based clinical case reporting guideline development. "
    "Journal of Medical Case Reports 2013;7:223",
    "10.1186/1752-1947-7-223",
)


PROCESS = Reference(
    "process2023",
    "Mathew G et al. Preferred Reporting Of Case Series in Surgery (PROCESS) 2023 guidelines. "
    "International Journal of Surgery 2023;109:3760–3769",
    "10.1097/JS9.0000000000000940",
)
STROBE = Reference(
    "strobe2007",
    "von Elm E et al. The Strengthening the Reporting of Observational Studies in Epidemiology (STROBE) statement: "
    "guidelines for reporting observational studies. PLoS Medicine 2007;4:e296",
    "10.1371/journal.pmed.0040296",
)
JBI = Reference(
    "jbi2020",
    "Munn Z et al. Methodological quality of case series studies: an introduction to the JBI critical appraisal tool. "
    "JBI Evidence Synthesis 2020;18:2127–2133",
    "10.11124/JBISRIR-D-19-00099",
)


def of_data(registry: Registry) -> list[Reference]:
    """The documents of a registry; without any, its source in its own words."""
    documents = [bound.document for bound in registry.documents]
    if not documents:
        source = registry.manifest.source
        return [_sourced(slug(registry.manifest.version, "source"), source)] if source else []
    return [
        Reference(slug(one.name, "document"), _cited(registry, one.citation, one.doi), one.doi) for one in documents
    ]


def _cited(registry: Registry, citation: str, doi: str) -> str:
    """The citation in full, which the source of the data has where it is of this document alone."""
    source = registry.manifest.source
    return source.partition(" DOI ")[0] if doi and doi in source and len(registry.documents) == 1 else citation


def of_variables(variables: Iterable[Variable]) -> list[Reference]:
    """Whose the reference ranges of variables are."""
    ranges = [entry.reference for entry in variables if entry.reference]
    return [_sourced(slug(f"range {one.name or one.source}", "range"), one.cited, one.source) for one in ranges]


def of_literature() -> list[Reference]:
    """The published cohorts that are shown for context."""
    return once(Reference(slug(one.cohort, "cohort"), one.cohort, one.doi) for one in published())


def _sourced(key: str, text: str, source: str = "") -> Reference:
    doi = _DOI.search(text)
    url = source if source.startswith(("http://", "https://")) else ""
    return Reference(key, text, doi[0].rstrip(".)") if doi else "", url)


def once(references: Iterable[Reference]) -> list[Reference]:
    """References without repetition, in their order; of the same text the first."""
    return list({one.text: one for one in references}.values())


def as_bibtex(references: Iterable[Reference], remark: str = "") -> bytes:
    """A file that LaTeX and reference managers take; a remark stands above its entries, where they read nothing."""
    return "\n".join([*([f"{remark}\n"] if remark else []), *(one.bibtex for one in references)]).encode()


def _tex(text: str) -> str:
    """Text that BibTeX shows as it is."""
    return re.sub(r"([\\{}%$&#_])", lambda found: "" if found[0] in "\\{}" else f"\\{found[0]}", text)
