"""Findings that one column may have on many rows: told once, at the first cell, with the number of the others."""

from dataclasses import dataclass, field

from plro_core.intake.model import Finding, Place, Severity


@dataclass
class Tally:
    """Findings as they come, by what they are about."""

    seen: dict[tuple[str, ...], tuple[Place, str, str, str, Severity, str]] = field(default_factory=dict)
    counts: dict[tuple[str, ...], int] = field(default_factory=dict)

    def add(
        self,
        key: tuple[str, ...],
        place: Place,
        value: str,
        text: str,
        severity: Severity = "error",
        suggestion: str = "",
    ) -> None:
        """Count one more cell; ``key`` starts with the rule."""
        self.seen.setdefault(key, (place, value, key[0], text, severity, suggestion))
        self.counts[key] = self.counts.get(key, 0) + 1

    def findings(self) -> list[Finding]:
        """What was counted, each once."""
        return [
            Finding.at(place, value, rule, f"{text}{self._more(key)}", severity, suggestion)
            for key, (place, value, rule, text, severity, suggestion) in self.seen.items()
        ]

    def _more(self, key: tuple[str, ...]) -> str:
        others = self.counts[key] - 1
        return f" So it is in {others} more {'cell' if others == 1 else 'cells'}." if others else ""
