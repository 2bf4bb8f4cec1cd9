"""Small pictures of a column: this delivery beside the recent ones. Shares of rows, never a value of a person."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from data_contracts.contract import Contract
from data_contracts.profiles import Profile
from data_contracts.sketches import ZERO, NumberSketch, bin_start

FEWEST_ROWS = 10
"""With fewer rows a bar could stand for one person."""
MOST_BARS = 14
OUTERMOST = 0.01
"""Share of the rows at either end that is drawn as one bar."""
NOTHING = "空 null"


@dataclass(frozen=True)
class Bar:
    """One cell of a column. Shares of the rows, 0 to 1; ``usual`` is None without recent deliveries."""

    label: str
    share: float
    usual: float | None


@dataclass(frozen=True)
class Picture:
    """One column as bars; ``note`` gives the medians of a number."""

    column: str
    unit: str
    note: str
    bars: tuple[Bar, ...]

    @property
    def top(self) -> float:
        """The largest share, for the scale."""
        return max(
            [*(bar.share for bar in self.bars), *(bar.usual or 0 for bar in self.bars), 0.01]
        )


def pictures(contract: Contract, now: Profile, past: Sequence[Profile]) -> list[Picture]:
    """Return a picture of every numeric and coded column; none for a handful of rows."""
    if now.rows < FEWEST_ROWS:
        return []
    recent = [profile for profile in past if profile.rows >= FEWEST_ROWS]
    drawn = []
    for column in contract.columns:
        if column.name in now.numbers:
            sketches = [one.numbers[column.name] for one in recent if column.name in one.numbers]
            drawn.append(_of_numbers(column.name, column.unit, now.numbers[column.name], sketches))
        elif column.name in now.codes:
            cells = _codes(now, column.name)
            usual = [_codes(one, column.name) for one in recent]
            order = [code for code in (*column.codes, NOTHING) if _comes(code, [cells, *usual])]
            drawn.append(Picture(column.name, "", "", _bars(order, cells, usual)))
    return drawn


def _codes(profile: Profile, name: str) -> dict[str, int]:
    return {**profile.codes.get(name, {}), NOTHING: profile.nulls.get(name, 0)}


def _comes(cell: str, counts: Sequence[Mapping[str, int]]) -> bool:
    return any(one.get(cell) for one in counts)


def _of_numbers(
    name: str, unit: str | None, now: NumberSketch, past: Sequence[NumberSketch]
) -> Picture:
    label_of = _labels([now, *past])
    order = list(dict.fromkeys(label_of[place] for place in sorted(label_of)))
    cells = _cells(now, label_of)
    usual = [_cells(sketch, label_of) for sketch in past]
    if _comes(NOTHING, [cells, *usual]):
        order.append(NOTHING)
    medians = [sketch.median for sketch in past if sketch.median is not None]
    note = "" if now.median is None else f"中位数 median {now.median:.4g}"
    if medians:
        note += f"，通常 usually {median(medians):.4g}"
    return Picture(name, unit or "", note, _bars(order, cells, usual))


def _labels(sketches: Sequence[NumberSketch]) -> dict[int, str]:
    """Return the bar of each bin: bins are joined until few are left, and the outermost rows are one bar.

    So neither end of the picture is one person's number.
    """
    rows: Counter[int] = Counter()
    for sketch in sketches:
        rows.update(sketch.bins)
    places = sorted(rows)
    low, high = _cut(places, rows), _cut(places[::-1], rows)
    sized = [place for place in places if place and low <= place <= high]
    width = 1 + (sized[-1] - sized[0]) // MOST_BARS if sized else 1
    labels = {}
    for place in places:
        if place < low:
            labels[place] = f"<{bin_start(low):.3g}"
        elif place > high:
            labels[place] = f">{bin_start(high + 1):.3g}"
        elif place == ZERO:
            labels[place] = "0"
        else:
            start = sized[0] + (place - sized[0]) // width * width
            labels[place] = f"{bin_start(start):.3g}"
    return labels


def _cut(places: Sequence[int], rows: Mapping[int, int]) -> int:
    """Return the first bin, from one end, before which lies at most a hundredth of the rows."""
    total, seen = sum(rows.values()), 0
    for place in places:
        seen += rows[place]
        if seen > OUTERMOST * total:
            return place
    return 0


def _cells(sketch: NumberSketch, label_of: Mapping[int, str]) -> dict[str, int]:
    cells = {NOTHING: sketch.nulls}
    for place, count in sketch.bins.items():
        cells[label_of[place]] = cells.get(label_of[place], 0) + count
    return cells


def _bars(
    order: Sequence[str], now: Mapping[str, int], past: Sequence[Mapping[str, int]]
) -> tuple[Bar, ...]:
    return tuple(
        Bar(
            label=cell,
            share=_share(now, cell),
            usual=median(_share(one, cell) for one in past) if past else None,
        )
        for cell in order
    )


def _share(counts: Mapping[str, int], cell: str) -> float:
    rows = sum(counts.values())
    return counts.get(cell, 0) / rows if rows else 0.0
