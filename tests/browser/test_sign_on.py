"""Signing in at a real provider, in a real browser: once, from here, for members only, in a platform's frame, too."""

import hashlib
import threading
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs, urlsplit

import oidc_provider_mock
import pytest
from playwright.sync_api import Browser, BrowserContext, Page
from sqlalchemy import select

from serving.access.fetching import post_form
from serving.access.members import begin_membership
from serving.access.oidc import Provider
from serving.access.places import Level
from serving.access.roles import Role
from serving.access.sessions import LASTS
from serving.access.sign_on import SignOn
from serving.store.schema import API_TOKENS
from tests.browser.chromium import new_phone, phone
from tests.browser.street import DOORS, Served, served

pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("ignore::DeprecationWarning")]


class Desk:
    """What the pages posted to the provider, and how far the bureau's clock is ahead."""

    def __init__(self) -> None:
        self.posted: list[dict[str, str]] = []
        self.ahead = timedelta()

    def post(self, url: str, form: dict[str, str], **login: object):
        self.posted.append(form)
        return post_form(url, form, **login)

    def clock(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    users = [oidc_provider_mock.User(sub=name) for name in ("w1", "nobody")]
    with oidc_provider_mock.run_server_in_thread(user_claims=users) as server:
        yield f"http://localhost:{server.server_port}"


@pytest.fixture(scope="module")
def desk() -> Desk:
    return Desk()


@pytest.fixture(scope="module")
def street(tmp_path_factory: pytest.TempPathFactory, issuer: str, desk: Desk) -> Iterator[Served]:
    sign_on = SignOn(
        provider=Provider(issuer=issuer, audience="zhaoren"), client_secret="any", post=desk.post
    )
    with served(tmp_path_factory.mktemp("sso"), sign_on=sign_on) as here:
        # The provider's tokens are dated by the machine's clock.
        here.clock = desk.clock
        with here.store.write() as work:
            begin_membership(
                work,
                worker_id="w1",
                role=Role.GRID_WORKER,
                level=Level.GRID,
                place_id="g1",
                now=desk.clock() - timedelta(days=1),
            )
        yield here


@pytest.fixture
def opened(browser: Browser, desk: Desk) -> Iterator[BrowserContext]:
    desk.ahead = timedelta()
    context = new_phone(browser)
    yield context
    context.close()


def sign_on(page: Page, url: str, name: str = "w1") -> None:
    page.goto(f"{url}/pages/sign-in")
    page.get_by_role("link", name="用单位账号登录").click()
    page.get_by_role("button", name=name, exact=True).first.click()


def refused(page: Page) -> str:
    return page.get_by_role("alert").inner_text()


def test_somebody_signs_in_at_the_provider_and_reads_their_list(opened, street, desk) -> None:
    page = opened.new_page()
    asked: list[str] = []
    page.on("request", lambda one: asked.append(one.url))

    sign_on(page, street.url)
    page.wait_for_url("**/pages/list")

    assert page.locator("article").count() == DOORS
    begun = next(url for url in asked if "code_challenge" in url)
    query = parse_qs(urlsplit(begun).query)
    verifier = desk.posted[-1]["code_verifier"]
    proven = urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
    assert query["code_challenge"] == [proven]
    assert query["code_challenge_method"] == ["S256"]
    cookies = {cookie["name"]: cookie for cookie in opened.cookies(f"{street.url}/pages/list")}
    assert cookies["zr_session"]["httpOnly"]
    assert cookies["zr_session"]["sameSite"] == "Strict"
    assert "zr_sign_on" not in cookies


def test_signing_out_ends_the_session_for_everybody_who_copied_it(opened, street) -> None:
    page = opened.new_page()
    sign_on(page, street.url)
    page.wait_for_url("**/pages/list")
    copied = opened.cookies(f"{street.url}/pages/list")

    page.get_by_role("button", name="退出").click()
    page.wait_for_url("**/pages/sign-in")
    opened.add_cookies(copied)
    page.goto(f"{street.url}/pages/list")

    assert "登录已过期" in refused(page)


def test_a_session_ends_with_the_day_and_says_so(opened, street, desk) -> None:
    page = opened.new_page()
    sign_on(page, street.url)
    page.wait_for_url("**/pages/list")

    desk.ahead = LASTS - timedelta(minutes=1)
    page.goto(f"{street.url}/pages/list")
    assert page.locator("article").count() == DOORS
    desk.ahead = LASTS + timedelta(minutes=1)
    page.goto(f"{street.url}/pages/list")

    assert "登录已过期" in refused(page)
    desk.ahead = timedelta()
    sign_on(page, street.url)
    page.wait_for_url("**/pages/list")
    desk.ahead = timedelta()


def test_somebody_who_is_a_member_of_nothing_is_told_whom_to_ask(opened, street) -> None:
    page = opened.new_page()

    sign_on(page, street.url, "nobody")

    page.wait_for_url("**/pages/sign-on/back*")
    assert "没有分到任何网格" in refused(page)
    assert not [one for one in opened.cookies() if one["name"] == "zr_session"]
    with street.store.read() as read:
        assert "nobody" not in read.scalars(select(API_TOKENS.c.worker_id)).all()


def test_an_answer_to_a_sign_in_begun_elsewhere_is_refused(opened, browser, street):
    other = new_phone(browser)
    theirs = other.new_page()
    with_code = caught(theirs, street.url)
    other.close()
    page = opened.new_page()
    page.goto(f"{street.url}/pages/sign-in")

    page.goto(with_code)

    assert "没有完成" in refused(page)
    assert not [one for one in opened.cookies() if one["name"] == "zr_session"]


def test_an_answer_is_good_once(opened, street) -> None:
    page = opened.new_page()
    with_code = caught(page, street.url)
    kept = opened.cookies(f"{street.url}/pages/sign-on/back")

    page.goto(with_code)
    page.wait_for_url("**/pages/list")
    page.goto(with_code)
    assert "没有完成" in refused(page)

    # Not even with the secret it was begun with: the provider takes a code once.
    opened.add_cookies(kept)
    page.goto(with_code)
    assert "已经用过" in refused(page)


def test_somebody_who_declines_at_the_provider_may_try_again(opened, street) -> None:
    page = opened.new_page()
    asked: list[str] = []
    page.on("request", lambda one: asked.append(one.url))
    answer = caught(page, street.url, "Deny")
    begun = next(url for url in asked if "code_challenge" in url)

    # This small provider leaves the state out where it should send it back with its refusal.
    page.goto(f"{answer}&state={parse_qs(urlsplit(begun).query)['state'][0]}")

    assert "没有同意" in refused(page)


def test_without_script_single_sign_on_works_as_well(browser, street) -> None:
    context = new_phone(browser, java_script_enabled=False)
    page = context.new_page()

    sign_on(page, street.url)
    page.wait_for_url("**/pages/list")

    assert page.locator("article").count() == DOORS
    context.close()


def test_inside_the_frame_of_a_named_platform_people_sign_in_and_record(
    started, street, tmp_path
) -> None:
    with platform(f"{street.url}/pages/sign-in") as outside:
        street.app.state.frame_ancestors = (outside,)
        # A browser that takes no cookie of a site in a frame, unless it is kept apart for the site around it.
        strict = ["--test-third-party-cookie-phaseout"]
        context = phone(started, tmp_path / "framed", more_flags=strict)
        page = context.new_page()
        try:
            page.goto(outside)
            frame = page.frame_locator("iframe")
            frame.get_by_role("link", name="用单位账号登录").click()
            frame.get_by_role("button", name="w1", exact=True).first.click()
            frame.locator("article").nth(DOORS - 1).wait_for()

            card = frame.locator("article").first
            card.locator("summary").first.click()
            card.locator("input[value=no_need]").click()
            card.locator("form[data-kind=outcome] button").click()
            card.locator("[data-kind=outcome][data-state=received]").wait_for()
        finally:
            street.app.state.frame_ancestors = ()
            context.close()


def caught(page: Page, url: str, button: str = "w1") -> str:
    """Sign in up to the provider's answer, and return the address it sends the browser to."""
    answers: list[str] = []

    def stop(route) -> None:
        if route.request.method == "GET":
            return route.continue_()
        answers.append(route.fetch(max_redirects=0).headers["location"])
        route.fulfill(status=200, content_type="text/html", body="<h1>stopped</h1>")

    page.route("**/oauth2/authorize*", stop)
    sign_on(page, url, button)
    page.get_by_text("stopped").wait_for()
    page.unroute("**/oauth2/authorize*")
    return answers[0]


@contextmanager
def platform(framed: str) -> Iterator[str]:
    """Serve a page of another site, with ours in a frame."""

    class Outside(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = f'<iframe src="{framed}" width="340" height="700"></iframe>'.encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Outside)
    thread = threading.Thread(target=partial(server.serve_forever, poll_interval=0.05), daemon=True)
    thread.start()
    try:
        # Another name than that of the pages: to a browser it is another site.
        yield f"http://localhost:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
