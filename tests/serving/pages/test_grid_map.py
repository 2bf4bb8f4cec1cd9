"""The bureau's own map: what cannot be drawn is refused in plain words, what can lies where it should."""

import json
import re

import pytest

from serving.pages.grid_geometry import GeometryWrong, read_geometry
from serving.pages.grid_map import WIDTH, draw
from serving.settings import SettingsError, read_settings
from serving.web import app_with

SQUARE = [[120.0, 30.0], [120.01, 30.0], [120.01, 30.01], [120.0, 30.01], [120.0, 30.0]]


def polygon(*rings):
    return {"type": "Polygon", "coordinates": list(rings)}


def feature(grid_id="g1", geometry=None):
    return {
        "type": "Feature",
        "properties": {"grid_id": grid_id},
        "geometry": geometry or polygon(SQUARE),
    }


def collection(*features, **more):
    return {"type": "FeatureCollection", "features": list(features), **more}


def written(tmp_path, content):
    path = tmp_path / "grids.geojson"
    path.write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
    return path


WRONG = {
    "is not JSON": "grid_id,points",
    "expected a GeoJSON FeatureCollection": {"type": "Topology"},
    "FeatureCollection with features": collection(),
    r"feature 1: .*properties\.grid_id": collection({"type": "Feature", "geometry": None}),
    r"feature 2: grid g1 was drawn before": collection(feature(), feature()),
    r"feature 1 \(grid g1\): expected a Polygon or MultiPolygon, found Point": collection(
        feature(geometry={"type": "Point", "coordinates": [120, 30]})
    ),
    "the last equal to the first": collection(feature(geometry=polygon(SQUARE[:-1]))),
    "not metres": collection(feature(geometry=polygon([[x * 1e5, y] for x, y in SQUARE]))),
    "the shape has no points": collection(feature(geometry=polygon())),
    r"expected points as \[longitude, latitude\]": collection(
        feature(geometry=polygon([["120", "30"]] * 4))
    ),
    "is not in degrees": collection(feature(geometry=polygon([[float("nan"), 30.0]] * 4))),
}


@pytest.mark.parametrize("said", WRONG)
def test_a_file_that_is_no_map_is_refused_in_plain_words(tmp_path, said) -> None:
    with pytest.raises(GeometryWrong, match=said):
        read_geometry(written(tmp_path, WRONG[said]))


def test_a_file_that_is_not_there_is_named(tmp_path) -> None:
    with pytest.raises(GeometryWrong, match=r"none\.geojson cannot be read"):
        read_geometry(tmp_path / "none.geojson")


def test_a_grid_is_named_by_its_property_or_its_feature(tmp_path) -> None:
    by_id = {"type": "Feature", "id": "g2", "properties": None, "geometry": polygon(SQUARE)}

    read = read_geometry(written(tmp_path, collection(feature(), by_id, note="made up")))

    assert (list(read.rings), read.note) == (["g1", "g2"], "made up")


def points(shape):
    return [tuple(map(float, pair.split(","))) for pair in re.findall(r"[\d.]+,[\d.]+", shape.path)]


def test_north_is_up_and_degrees_are_as_long_as_on_the_ground() -> None:
    # At 60 degrees north a degree of longitude is half as long as one of latitude.
    ring = ((10.0, 60.0), (10.2, 60.0), (10.2, 60.1), (10.0, 60.1), (10.0, 60.0))

    drawn = draw({"g1": [ring]}, ["g1"])
    corners = points(drawn.shapes[0])

    wide, high = (max(side) - min(side) for side in zip(*corners, strict=True))
    assert wide == pytest.approx(high, rel=0.01)
    assert corners[0][1] > corners[2][1], "south lies below north"
    assert all(0 <= x <= WIDTH and 0 <= y <= drawn.height for x, y in corners)


def test_only_the_grids_asked_for_are_drawn_and_they_fill_the_map() -> None:
    far = tuple((x + 5, y) for x, y in SQUARE)
    rings = {"g1": [tuple(map(tuple, SQUARE))], "far": [far]}

    drawn = draw(rings, ["g1", "no_shape"])

    assert [shape.grid_id for shape in drawn.shapes] == ["g1"]
    assert max(x for x, _ in points(drawn.shapes[0])) > WIDTH * 0.9
    assert draw(rings, ["no_shape"]) is None


def test_a_number_stands_inside_its_shape_also_if_that_is_bent() -> None:
    # A U: its middle lies outside of it.
    bent = ((0, 0), (9, 0), (9, 9), (6, 9), (6, 3), (2, 3), (2, 9), (0, 9), (0, 0))

    drawn = draw({"u": [tuple((x / 1000, y / 1000) for x, y in bent)]}, ["u"])
    x, y = drawn.shapes[0].label

    left = x / WIDTH * 9
    assert left < 2 or left > 6, left
    assert 3 < 9 - y / drawn.height * 9 < 9


def test_a_shape_too_small_for_a_number_has_none_and_no_points_twice() -> None:
    wide = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0), (0.0, 0.0))
    dot = ((0.5, 0.5), (0.5001, 0.5), (0.5001, 0.5001), (0.5, 0.5001), (0.5, 0.5))

    drawn = draw({"wide": [wide], "dot": [dot]}, ["wide", "dot"])

    assert drawn.shapes[0].label is not None
    assert drawn.shapes[1].label is None
    assert len(points(drawn.shapes[1])) == 1


def test_a_server_does_not_start_with_a_map_it_cannot_draw(tmp_path) -> None:
    written(tmp_path, collection())
    given = {"ZHAOREN_HOME": str(tmp_path)}

    with pytest.raises(SettingsError, match=r"ZHAOREN_GRID_GEOMETRY: .*with features"):
        app_with(read_settings(given))
    with pytest.raises(SettingsError, match=r"elsewhere\.geojson cannot be read"):
        app_with(
            read_settings(given | {"ZHAOREN_GRID_GEOMETRY": str(tmp_path / "elsewhere.geojson")})
        )


def test_the_map_of_the_home_is_used_where_no_other_is_given(tmp_path) -> None:
    given = {"ZHAOREN_HOME": str(tmp_path)}
    assert not app_with(read_settings(given)).state.grid_geometry.rings

    written(tmp_path, collection(feature()))
    assert list(app_with(read_settings(given)).state.grid_geometry.rings) == ["g1"]
