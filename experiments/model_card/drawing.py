"""The card's two pictures as SVG text, so that their words can be of either language.

Colours are Okabe and Ito's, told apart by colour-blind readers.
"""

from collections.abc import Mapping, Sequence
from html import escape
from typing import cast

_BLUE, _GREY, _LIGHT = "#0072B2", "#555555", "#BBBBBB"
_WIDTH, _LEFT, _ROW = 720, 220, 26

Line = Mapping[str, object]


def precision_by_policy(lines: Sequence[tuple[str, Line]], *, base_rate: float, axis: str) -> str:
    """Draw precision with its interval, a line per named policy; dotted: everybody's rate."""
    known = [(name, line) for name, line in lines if _number(line, "precision") is not None]
    top = max([_number(line, "precision_high") or 0 for _, line in known] + [base_rate]) or 1.0
    height = _ROW * len(known) + 46
    inner = _WIDTH - _LEFT - 70

    def place(value: float) -> float:
        return _LEFT + inner * value / top

    parts = []
    for row, (name, line) in enumerate(known):
        y = 18 + _ROW * row
        value = _number(line, "precision") or 0.0
        low, high = _number(line, "precision_low"), _number(line, "precision_high")
        colour = _BLUE if line["policy"] == "model" else _GREY
        parts.append(_text(_LEFT - 10, y + 4, name, anchor="end"))
        if low is not None and high is not None:
            parts.append(_stroke(place(low), y, place(high), y, colour=colour, width=2))
        parts.append(f'<circle cx="{place(value):.1f}" cy="{y}" r="5" fill="{colour}"/>')
        parts.append(_text(place(high or value) + 8, y + 4, f"{value:.1%}"))
    bottom = 18 + _ROW * len(known)
    parts.append(
        _stroke(place(base_rate), 6, place(base_rate), bottom - 8, colour=_GREY, dash="3 3")
    )
    parts.append(_stroke(_LEFT, bottom - 8, _LEFT + inner, bottom - 8, colour=_LIGHT))
    parts += [
        _text(place(top * step), bottom + 8, f"{top * step:.0%}", anchor="middle")
        for step in (0, 0.5, 1)
    ]
    parts.append(_text(_LEFT + inner / 2, bottom + 24, axis, anchor="middle"))
    return _svg(height, parts, axis)


def calibration(bins: Sequence[Line], *, predicted: str, observed: str) -> str:
    """Draw ten bins of equal size, predicted against observed; the diagonal is right."""
    told = ((_number(one, "predicted"), _number(one, "observed")) for one in bins)
    points = [(x, y) for x, y in told if x is not None and y is not None]
    top = max([max(point) for point in points] + [0.01]) * 1.08
    side, left, head = 300, 70, 10

    def at(x: float, y: float) -> tuple[float, float]:
        return left + side * x / top, head + side * (1 - y / top)

    parts = [_stroke(*at(0, 0), *at(top, top), colour=_LIGHT)]
    parts += [_stroke(left, head + side, left + side, head + side, colour=_GREY),
              _stroke(left, head, left, head + side, colour=_GREY)]  # fmt: skip
    for point in points:
        x, y = at(*point)
        parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5" fill="{_BLUE}" fill-opacity=".8"/>')
    for step in (0.0, 0.5, 1.0):
        x, y = at(top * step, top * step)
        parts.append(_text(x, head + side + 16, f"{top * step:.1%}", anchor="middle"))
        parts.append(_text(left - 8, y + 4, f"{top * step:.1%}", anchor="end"))
    parts.append(_text(left + side / 2, head + side + 34, predicted, anchor="middle"))
    parts.append(
        f'<text transform="translate(14 {head + side / 2}) rotate(-90)" text-anchor="middle">'
        f"{escape(observed)}</text>"
    )
    return _svg(head + side + 44, parts, f"{predicted}, {observed}", width=left + side + 30)


def _svg(height: float, parts: Sequence[str], label: str, *, width: float = _WIDTH) -> str:
    return (
        f'<svg viewBox="0 0 {width:g} {height:g}" role="img" aria-label="{escape(label)}"'
        f' style="max-width:{width:g}px" font-size="12">{"".join(parts)}</svg>'
    )


def _text(x: float, y: float, text: str, *, anchor: str = "start") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'


def _stroke(
    x1: float, y1: float, x2: float, y2: float, *, colour: str, width: float = 1, dash: str = ""
) -> str:
    dashes = f' stroke-dasharray="{dash}"' if dash else ""
    return (
        f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}"'
        f' stroke-width="{width:g}"{dashes}/>'
    )


def _number(line: Line, name: str) -> float | None:
    """Return a kept figure; None where it was not a number."""
    return cast("float | None", line.get(name))
