"""The curve: the share of patients with pain control, left open where the visits do not tell."""

from collections.abc import Iterator

from plro_core.counts import Group
from plro_core.exact.turnbull import Mass
from plro_core.figures.points import sentence, spread, when
from plro_core.figures.style import Part, words
from plro_core.figures.time_to_control.picture import Picture
from plro_core.figures.time_to_control.sentences import place_words
from plro_core.pain_control import Estimate
from plro_core.text import k_of_n, number, safe_plotly


def curves(picture: Picture) -> Iterator[Part]:
    for code, found in picture.curves.items():
        steps = list(_cumulated(found.turnbull.masses))
        yield from (_box(picture, code, mass, below) for mass, below in steps if mass.after != mass.by)
        yield _determined(picture, code, steps)
        yield _visits_on_curve(picture, code, found)


def _cumulated(masses: tuple[Mass, ...]) -> Iterator[tuple[Mass, float]]:
    """Each mass with the share that came before it."""
    below = 0.0
    for mass in masses:
        yield mass, below
        below += mass.mass


def _box(picture: Picture, code: Group, mass: Mass, below: float) -> Part:
    """Where the share is not determined: it rises somewhere between two visits."""
    end = picture.end if mass.by is None else mass.by
    above = min(1.0, below + mass.mass)
    hue = picture.hue(code)
    n = picture.curves[code].n
    said = sentence(
        f"{_group_start(picture, code)}Pain control {place_words((mass.after, mass.by))}",
        f"the share rises from {_of(below, n)} to {_of(above, n)} {_noun(n)}",
        "where in between cannot be known",
    )
    return {
        "mode": "lines",
        "name": "Not determined",
        "x": [mass.after, mass.after, end, end, mass.after],
        "y": [below, above, above, below, below],
        "fill": "toself",
        "fillcolor": _see_through(hue, 0.16),
        "hoveron": "fills",
        "text": said,
        "line": {"width": picture.look.px(1), "color": _see_through(hue, 0.45)},
    }


def _determined(picture: Picture, code: Group, steps: list[tuple[Mass, float]]) -> Part:
    """Where the share is determined: flat between the masses, a step at a printed time."""
    x: list[float | None] = [picture.view.months[0], steps[0][0].after]
    y: list[float | None] = [0.0, 0.0]
    for (mass, below), following in zip(steps, [*steps[1:], None], strict=True):
        above = min(1.0, below + mass.mass)
        if mass.by is None:
            continue
        until = following[0].after if following else picture.end
        step = mass.after == mass.by
        x += [mass.by, until] if step else [None, mass.by, until]
        y += [above, above] if step else [None, above, above]
    dash = picture.styles[code].dash if picture.styles else "solid"
    return {
        "mode": "lines",
        "name": "Share with pain control",
        "x": x,
        "y": y,
        "hoverinfo": "skip",
        "line": {"color": picture.hue(code), "width": picture.look.px(3), "dash": dash, "shape": "hv"},
    }


def _visits_on_curve(picture: Picture, code: Group, found: Estimate) -> Part:
    """The share at each visit where it is determined."""
    shares = [(month, share) for month in picture.view.months if (share := _share(found, month)) is not None]
    hue = picture.hue(code)
    return {
        "mode": "markers",
        "name": "Share at a visit",
        "x": [month for month, _ in shares],
        "y": [share for _, share in shares],
        "hovertext": [
            sentence(
                f"{_group_start(picture, code)}{_of(share, found.n)} {_noun(found.n)} with pain control",
                f"by {when(month)}",
            )
            for month, share in shares
        ],
        "marker": {
            "color": hue,
            "symbol": picture.styles[code].symbol if picture.styles else "circle",
            "size": picture.look.px(9),
            "line": {"width": picture.look.px(2), "color": hue},
        },
    }


def _share(found: Estimate, month: int) -> float | None:
    """The share with control by a month, where the estimate determines it."""
    bounds = found.turnbull.share_by(month)
    return bounds[0] if bounds and abs(bounds[1] - bounds[0]) < 1e-9 else None


def share_words(picture: Picture, height: float) -> list[Part]:
    """Beside the curve the share at each later visit, as a count of patients; ``height`` is that of the curve.

    Where there is no room for all groups' counts at each visit, they stand at the last one.
    """
    apart = picture.look.type(13) * 1.25 / picture.look.scale * 1.09 / height
    later = picture.view.months[1:]
    crowded = picture.look.stage is not None and len(picture.curves) > 1 and len(picture.curves) * apart > 0.45
    return [note for month in (later[-1:] if crowded else later) for note in _shares_at(picture, month, apart)]


def _shares_at(picture: Picture, month: int, apart: float) -> list[Part]:
    look, said = picture.look, []
    shares = {code: _share(found, month) for code, found in picture.curves.items()}
    told = [(code, share) for code, share in shares.items() if share]
    places = spread([share for _, share in told], max(0.09, apart))
    above = max([*places, 0.0]) - max([share for _, share in told], default=0.0)  # labels stay under the curve
    if look.stage is not None:
        above = min(above, min([*places, 1.0]) - apart)  # and over the axis
    last = month == picture.view.months[-1]
    for (code, share), y in zip(told, places, strict=True):
        ink = look.ink(picture.hue(code)) if picture.styles else look.text
        text = f"<b>{_of(share, picture.curves[code].n)}</b>"
        shift: Part = {
            "xshift": look.px(-8 if last else 8),
            "yshift": look.px(-12),
            "xanchor": "right" if last else "left",
        }
        said.append(words(look, text, x=month, y=y - above, color=ink, size=13, **shift))
    return said


def _of(share: float, n: int) -> str:
    """A share as a count of patients where it is one, else in percent with its n."""
    count = share * n
    return k_of_n(round(count), n) if abs(count - round(count)) < 1e-6 else f"{number(100 * share)} % of {n}"


def _noun(n: int) -> str:
    return "patient" if n == 1 else "patients"


def _group_start(picture: Picture, code: Group) -> str:
    return f"{safe_plotly(picture.styles[code].label)}: " if picture.styles else ""


def _see_through(hue: str, opacity: float) -> str:
    red, green, blue = (int(hue[at : at + 2], 16) for at in (1, 3, 5))
    return f"rgba({red},{green},{blue},{opacity})"
