"""Who a patient is, in words: what is recorded of her besides what is drawn, and what is not recorded."""

from collections.abc import Iterator, Mapping, Sequence

from plro_core.figures.style import group_name
from plro_core.lookups import Record
from plro_core.text import capitalised, listed
from plro_core.vocabulary import Variable, Vocabulary

#: As many traits as a poster names, and as many that are not recorded.
_MOST, _MOST_MISSING = 14, 4
#: A longer text is read in the record.
_LONGEST = 60
#: Stands behind what is uncertain.
UNCERTAIN_SIGN = "°"
#: Drawn on the course rather than told.
_DRAWN = ("pain_control_months",)


def traits(
    words: Vocabulary,
    case: Record,
    symptoms: Sequence[Record],
    origins: Mapping[tuple[str, str], Record],
) -> str:
    """A line of what is recorded of her, with what is uncertain marked, and what is not recorded at its end."""
    entries = [entry for entry in words.columns("cases") if _is_trait(entry)]
    has = [_said(entry, case, origins) for entry in entries if _is_told(entry, case)]
    lacks = [_marked(entry.label_in_sentence, entry, case, origins) for entry in entries if case[entry.name] is False]
    told = has[:_MOST]
    if len(has) > _MOST:
        told.append(f"{len(has) - _MOST} more in the record")
    told += [f"no {listed(lacks[:_MOST], 'or')}"] if lacks else []
    told += _symptoms(words, symptoms)
    missing = [entry.label_in_sentence for entry in entries if case[entry.name] is None]
    line = capitalised(" · ".join(told)) or "Nothing is recorded of her"
    return f"{line}. {_missing(missing)}".strip()


def _is_trait(entry: Variable) -> bool:
    return entry.kind != "identifier" and not entry.score and entry.name not in _DRAWN


def _is_told(entry: Variable, case: Record) -> bool:
    value = case[entry.name]
    return value is not None and value is not False and not (isinstance(value, str) and len(value) > _LONGEST)


def _said(entry: Variable, case: Record, origins: Mapping[tuple[str, str], Record]) -> str:
    value, name = case[entry.name], entry.label_in_sentence
    if value is True:
        return _marked(name, entry, case, origins)
    if entry.levels:
        return _marked(f"{name}: {group_name(entry, str(value))}", entry, case, origins)
    if entry.is_number:
        return _marked(f"{name} {entry.written(value)} {entry.unit}".strip(), entry, case, origins)
    return _marked(f"{name}: {value}", entry, case, origins)


def _marked(text: str, entry: Variable, case: Record, origins: Mapping[tuple[str, str], Record]) -> str:
    """The words with what is uncertain of them."""
    origin = origins.get((str(case["case_id"]), entry.name))
    return f"{text}{UNCERTAIN_SIGN}" if origin else text


def _symptoms(words: Vocabulary, symptoms: Sequence[Record]) -> Iterator[str]:
    entry = words.variable("symptom", "symptoms")
    found = [" ".join(filter(None, (row["side"], entry.level_label(row["symptom"])))) for row in symptoms]
    if found:
        yield listed(found)


def _missing(names: Sequence[str]) -> str:
    if not names:
        return ""
    shown = list(names[:_MOST_MISSING]) + ([f"{len(names) - _MOST_MISSING} more"] if len(names) > _MOST_MISSING else [])
    return f"Not recorded: {listed(shown)}."
