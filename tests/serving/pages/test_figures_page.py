"""What the page of figures draws: shares of the step before, nothing from what is withheld, every grid named."""

from serving.pages.figures_page import (
    days_to_visit,
    funnel,
    map_of,
    most_pressing_first,
    outcomes_of_need,
)
from serving.pages.grid_geometry import GridGeometry
from serving.supervision.coverage import Coverage
from serving.supervision.figures import Line, Result


def line(name="all", *, alerts=200, reached=100, confirmed=60, **results):
    return Line(
        line=name,
        alerts=alerts,
        reached=reached,
        confirmed=confirmed,
        results={result: results.get(result.value) for result in Result},
        share=None,
        interval=None,
    )


def test_each_step_is_told_as_a_share_of_the_one_before_and_drawn_of_the_first() -> None:
    steps = funnel(line(waiting=80, unreached=20, no_need=40))

    assert [(one.name, one.of_before, one.width) for one in steps] == [
        ("alerts", None, 1.0),
        ("reached", 0.5, 0.5),
        ("confirmed", 0.6, 0.3),
    ]
    assert steps[0].left == [("unreached", 20), ("waiting", 80)]
    assert steps[1].left == [("no_need", 40), ("refused", None)]


def test_nothing_is_drawn_from_what_is_withheld() -> None:
    steps = funnel(line(reached=None))

    assert [(one.of_before, one.width) for one in steps[1:]] == [(None, None), (None, 0.3)]
    assert all(one.width is None for one in funnel(line(alerts=None)))


def test_what_became_of_need_is_a_share_of_those_in_need_and_never_more_than_all() -> None:
    # Rounded to five, a part may exceed its whole.
    helped, gap = outcomes_of_need(line(confirmed=10, helped=15))

    assert (helped.of_before, gap.of_before) == (1.0, None)


def test_days_stand_in_their_order_and_those_without_a_visit_are_no_bar() -> None:
    lines = [line(name, alerts=alerts) for name, alerts in
             {"15-30": None, "2-3": 20, "0-1": 40, "31+": 10, "not_yet": 100}.items()]  # fmt: skip

    assert [(bar.name, bar.width) for bar in days_to_visit(lines)] == [
        ("0-1", 1.0),
        ("2-3", 0.5),
        ("15-30", None),
        ("31+", 0.25),
    ]


SQUARE = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0), (0.0, 0.0))


def test_grids_without_a_shape_are_named_and_shapes_without_a_grid_are_not_drawn() -> None:
    told = {"g2": Coverage.MOST, "g1": Coverage.WITHHELD, "g3": Coverage.UNDER_HALF}
    geometry = GridGeometry(rings={"g3": [SQUARE], "g2": [SQUARE], "g9": [SQUARE]}, note="drawn")

    made = map_of(told, names={"g1": "一网格", "g2": "二网格"}, geometry=geometry)

    assert [shape.grid_id for shape in made.drawing.shapes] == ["g2", "g3"]
    assert [(grid.number, grid.name) for grid in made.grids] == [
        (1, "二网格"),
        (2, "g3"),
        (None, "一网格"),
    ]
    assert made.without_shape == ["一网格"]


def test_without_a_map_the_table_stays() -> None:
    made = map_of({"g1": Coverage.MOST}, names={}, geometry=GridGeometry())

    assert made.drawing is None
    assert [grid.coverage for grid in made.grids] == [Coverage.MOST]


def test_days_are_told_by_band_with_the_most_pressing_first() -> None:
    medians = {"blue": 9, "orange": 4, "red": None, "yellow": 7}

    told = most_pressing_first(medians, bands=["red", "orange", "yellow", "green"])

    assert list(told.items()) == [("red", None), ("orange", 4), ("yellow", 7), ("blue", 9)]
