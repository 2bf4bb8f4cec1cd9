"""The map of a simulated district shows its grids side by side, and says that it was made up."""

from itertools import pairwise

from experiments.district.config import DistrictConfig
from experiments.district.simulate import simulate
from experiments.district.streams import Streams
from experiments.district.street_plan import FILE, write_street_plan
from serving.pages.grid_geometry import read_geometry
from tests.district.landing import read_feed


def test_every_grid_of_the_tree_has_a_shape_under_its_own_id(tmp_path) -> None:
    config = DistrictConfig(households=300, months=2, seed=952, burn_in_months=1)
    simulate(config, tmp_path, lambda _: None)

    drawn = read_geometry(tmp_path / FILE)

    assert set(drawn.rings) == set(read_feed(tmp_path / "landing", "grid_tree")["grid_id"])
    assert "虚构" in drawn.note


def test_neighbours_share_a_border_and_no_two_shapes_are_the_same(tmp_path) -> None:
    path = write_street_plan(tmp_path, Streams(7), grids=11, seed=7)

    rings = [rings[0] for rings in read_geometry(path).rings.values()]

    assert len(set(rings)) == 11
    for ring, following in pairwise(rings):
        assert len(set(ring) & set(following)) >= 2
