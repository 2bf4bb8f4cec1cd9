"""What the page of figures draws: counts of a report as bars, shares and steps, none that is withheld."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from serving.pages.grid_geometry import GridGeometry
from serving.pages.grid_map import Drawing, draw
from serving.supervision.coverage import Coverage
from serving.supervision.figures import DAYS, LATER, Line, Result

STEPS = tuple(Coverage)


@dataclass(frozen=True, kw_only=True)
class Stage:
    """A step of the way to help. ``of_before``: its share of the step before; ``width``: of the first, 0 to 1.

    ``left``: what became of those who did not go on. None: withheld.
    """

    name: str
    count: int | None
    of_before: float | None
    width: float | None
    left: Sequence[tuple[str, int | None]]


@dataclass(frozen=True, kw_only=True)
class Bar:
    """One bar; ``width`` is its share of the longest, None where it is withheld."""

    name: str
    count: int | None
    width: float | None


@dataclass(frozen=True, kw_only=True)
class Grid:
    """One grid of the map's table; ``number`` is what stands in its shape, None if it has none."""

    number: int | None
    name: str
    coverage: Coverage


@dataclass(frozen=True, kw_only=True)
class CoverageMap:
    """Shapes with their number and coverage, and every grid in words; grids without a shape come last."""

    drawing: Drawing | None
    numbers: Mapping[str, int]
    coverages: Mapping[str, Coverage]
    grids: Sequence[Grid]
    note: str

    @property
    def without_shape(self) -> Sequence[str]:
        """Names of the grids that the bureau's map does not show."""
        return [grid.name for grid in self.grids if grid.number is None]


def funnel(line: Line) -> list[Stage]:
    """Return the steps from listing to need, each with what became of the others."""
    steps = (
        ("alerts", line.alerts, (Result.UNREACHED, Result.WAITING)),
        ("reached", line.reached, (Result.NO_NEED, Result.REFUSED)),
        ("confirmed", line.confirmed, ()),
    )
    befores = [None, *(count for _, count, _ in steps)]
    return [
        Stage(
            name=name,
            count=count,
            of_before=_share(count, before),
            width=_share(count, line.alerts),
            left=[(result.value, line.results[result]) for result in left],
        )
        for (name, count, left), before in zip(steps, befores, strict=False)
    ]


def outcomes_of_need(line: Line) -> list[Stage]:
    """Return what became of those in need: help, or no benefit that fits."""
    return [
        Stage(
            name=result.value,
            count=line.results[result],
            of_before=_share(line.results[result], line.confirmed),
            width=_share(line.results[result], line.alerts),
            left=(),
        )
        for result in (Result.HELPED, Result.GAP)
    ]


def days_to_visit(lines: Iterable[Line]) -> list[Bar]:
    """Return households by days from listing to the first visit, in order of days."""
    counts = {line.line: line.alerts for line in lines}
    order = [name for name in (*DAYS, LATER) if name in counts]
    longest = max((counts[name] or 0 for name in order), default=0)
    return [
        Bar(name=name, count=counts[name], width=_share(counts[name], longest)) for name in order
    ]


def most_pressing_first(
    medians: Mapping[str, int | None], *, bands: Sequence[str]
) -> Mapping[str, int | None]:
    """Return days by band in the order of ``bands``; a band of an earlier list policy comes last."""
    known = [band for band in bands if band in medians]
    return {band: medians[band] for band in dict.fromkeys([*known, *sorted(medians)])}


def map_of(
    coverages: Mapping[str, Coverage], *, names: Mapping[str, str], geometry: GridGeometry
) -> CoverageMap:
    """Return the map of the grids in ``coverages``, numbered in their order."""
    drawing = draw(geometry.rings, coverages)
    drawn = [] if drawing is None else [shape.grid_id for shape in drawing.shapes]
    numbers = {grid_id: number for number, grid_id in enumerate(drawn, start=1)}
    order = [*drawn, *(grid_id for grid_id in coverages if grid_id not in numbers)]
    return CoverageMap(
        drawing=drawing,
        numbers=numbers,
        coverages=coverages,
        grids=[
            Grid(
                number=numbers.get(grid_id),
                name=names.get(grid_id, grid_id),
                coverage=coverages[grid_id],
            )
            for grid_id in order
        ],
        note=geometry.note,
    )


def _share(count: int | None, of: int | None) -> float | None:
    """Return a share at most 1: what is rounded to five may exceed what it is a part of."""
    return min(1.0, count / of) if count is not None and of else None
