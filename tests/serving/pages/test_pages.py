"""Pages show what their reader may see, to nobody else, and take forms from nowhere else."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from fastapi.testclient import TestClient

from serving.access.places import Level
from serving.access.roles import Role
from serving.access.tokens import welcome
from serving.api.app import create_app
from serving.api.deps import the_clock
from serving.pages.grid_geometry import GridGeometry
from serving.pages.site import add_pages
from serving.settings import SettingsError, read_settings
from serving.web import app_with
from tests.serving.stores import open_store
from tests.serving.village import TWO_O_CLOCK, ZONE, TickingClock, Village, run

MORNING = TWO_O_CLOCK.replace(hour=10)


class Reader:
    """A browser of one person."""

    def __init__(self, app, store, clock, *, role: Role, level: Level, place_id: str) -> None:
        with store.write() as work:
            token = welcome(
                work,
                worker_id=f"{role.value}-{place_id}",
                role=role,
                level=level,
                place_id=place_id,
                now=clock(),
                expires_at=clock().replace(year=2027),
            ).secret
        self.client = TestClient(app, base_url="https://testserver", follow_redirects=False)
        answer = self.client.post("/pages/sign-in", data={"token": token})
        assert answer.status_code == 303

    def get(self, path: str):
        return self.client.get(path)


@pytest.fixture(scope="module")
def readers(tmp_path_factory) -> Iterator[dict[str, Reader]]:
    home = tmp_path_factory.mktemp("pages")
    run(home)
    store, clock = open_store(home), TickingClock(MORNING)
    app = create_app(store, zone=ZONE, home=home)
    add_pages(app)
    app.dependency_overrides[the_clock] = lambda: clock
    people = {
        "worker": (Role.GRID_WORKER, Level.GRID, "g1"),
        "elsewhere": (Role.GRID_WORKER, Level.GRID, "g3"),
        "supervisor": (Role.SUPERVISOR, Level.STREET, "s1"),
    }
    yield {
        name: Reader(app, store, clock, role=role, level=level, place_id=place_id)
        for name, (role, level, place_id) in people.items()
    }
    store.close()


def test_nobody_reads_anything_before_signing_in(readers) -> None:
    stranger = TestClient(readers["worker"].client.app, follow_redirects=False)

    for path in ("/pages/list", "/pages/households/zhao_debts", "/pages/figures", "/pages/health"):
        answer = stranger.get(path)
        assert (answer.status_code, answer.headers["location"]) == (303, "/pages/sign-in")
    assert stranger.get("/pages/shell").status_code == 200


def test_a_token_that_is_not_in_force_does_not_sign_in(readers) -> None:
    stranger = TestClient(readers["worker"].client.app, follow_redirects=False)

    answer = stranger.post("/pages/sign-in", data={"token": "zr_00000000_nothing"})

    assert answer.status_code == 401
    assert "set-cookie" not in answer.headers


def test_a_household_is_shown_within_reach_only(readers) -> None:
    assert "zhao_debts" in readers["worker"].get("/pages/households/zhao_debts").text
    assert readers["elsewhere"].get("/pages/households/zhao_debts").status_code == 404
    assert "zhao_debts" not in readers["elsewhere"].get("/pages/list").text


def test_figures_and_health_are_for_supervisors(readers) -> None:
    for path in ("/pages/figures", "/pages/health"):
        assert readers["worker"].get(path).status_code == 403
        assert readers["supervisor"].get(path).status_code == 200


def test_figures_say_what_they_withhold_and_call_triggers_by_their_titles(readers) -> None:
    page = readers["supervisor"].get("/pages/figures").text

    assert "冬季停电" in page
    assert "cut_in_winter" not in page
    # Twelve households live in this village: no count of them is shown, and that is said.
    assert page.count("不显示") > 10
    assert "不显示不等于零" in page


def test_shapes_without_a_grid_and_grids_without_a_shape_are_named(readers) -> None:
    state = readers["supervisor"].client.app.state
    square = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0), (0.0, 0.0))
    state.grid_geometry = GridGeometry(rings={"g1": [square], "mistyped": [square]})
    try:
        health = readers["supervisor"].get("/pages/health").text
        figures = readers["supervisor"].get("/pages/figures").text
    finally:
        state.grid_geometry = GridGeometry()

    assert "1 个图形不属于任何网格：" in health
    assert "mistyped" in health
    assert "2 个网格没有图形：" in health
    assert "g2, g3" in health
    # Under the map stand those of the reader's own street only.
    assert "1 个网格不在图上：" in figures
    assert "mistyped" not in figures


def test_a_feed_is_called_what_visitors_call_it_and_by_its_name_in_english(readers) -> None:
    supervisor = readers["supervisor"]

    assert '<th scope="row">缴费账单</th>' in supervisor.get("/pages/health").text
    supervisor.get("/pages/look?language=en")
    try:
        assert '<th scope="row">utility_bills</th>' in supervisor.get("/pages/health").text
    finally:
        supervisor.get("/pages/look?language=zh")


def test_every_page_forbids_foreign_script_and_frames(readers) -> None:
    for path in ("/pages/list", "/pages/households/zhao_debts", "/pages/sign-in"):
        policy = readers["worker"].get(path).headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "script-src 'self';" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy


def test_a_form_of_another_site_is_refused(readers) -> None:
    client = readers["worker"].client
    form = {"alert_id": "x"}

    foreign = client.post("/pages/outcomes", data=form, headers={"sec-fetch-site": "cross-site"})
    older = client.post(
        "/pages/outcomes", data=form, headers={"origin": "https://elsewhere.example"}
    )

    assert (foreign.status_code, older.status_code) == (403, 403)


def test_the_session_is_hidden_from_script_and_sent_to_pages_only(readers) -> None:
    store = readers["worker"].client.cookies.jar
    cookies = {cookie.name: cookie for cookie in store}

    assert cookies["zr_session"].path == "/pages"
    assert cookies["zr_session"].secure
    assert cookies["zr_session"].has_nonstandard_attr("HttpOnly")
    assert not cookies["zr_list_key"].has_nonstandard_attr("HttpOnly")


def test_a_cookie_opens_pages_and_never_the_api(readers) -> None:
    assert readers["worker"].get("/v1/me").status_code == 401


def test_signing_out_takes_token_and_key_away(readers) -> None:
    client = TestClient(readers["worker"].client.app, base_url="https://testserver", follow_redirects=False)  # fmt: skip
    client.cookies.update(readers["worker"].client.cookies)

    answer = client.post("/pages/sign-out")

    gone = answer.headers.get_list("set-cookie")
    assert len(gone) == 2
    assert all("Max-Age=0" in cookie for cookie in gone)


def test_only_named_sites_may_embed_the_pages(tmp_path) -> None:
    settings = read_settings(
        {"ZHAOREN_HOME": str(tmp_path), "ZHAOREN_PAGE_ANCESTORS": "https://zwdd.example"}
    )
    framed = TestClient(app_with(settings), base_url="https://testserver")

    answer = framed.get("/pages/sign-in")

    assert "frame-ancestors https://zwdd.example" in answer.headers["content-security-policy"]


def test_a_site_that_is_not_https_is_no_site(tmp_path) -> None:
    embedding = {"ZHAOREN_PAGE_ANCESTORS": "http://a; script-src *"}
    settings = read_settings({"ZHAOREN_HOME": str(tmp_path), **embedding})

    with pytest.raises(SettingsError, match="PAGE_ANCESTORS"):
        app_with(settings)


def test_feeds_that_are_all_on_time_are_said_to_be(tmp_path) -> None:
    on_time = [replace(state, late=False) for state in Village().states]
    run(tmp_path, upstream=Village(states=on_time))
    store, clock = open_store(tmp_path), TickingClock(MORNING)
    app = create_app(store, zone=ZONE, home=tmp_path)
    add_pages(app)
    app.dependency_overrides[the_clock] = lambda: clock
    reader = Reader(app, store, clock, role=Role.SUPERVISOR, level=Level.STREET, place_id="s1")

    assert "都按时到达" in reader.get("/pages/health").text
    store.close()
