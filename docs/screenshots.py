"""Remake the pictures of the README from a home that `make nightly` filled.

    python docs/screenshots.py --home var/demo

Needs Debian's Chromium. Pages are read from disk or from a server on this machine; nothing else is reached.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import uvicorn
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, sync_playwright
from sqlalchemy import select
from visited_home import VisitedHome, newest_night, visited_copy

from serving.access.places import Level
from serving.access.roles import Role
from serving.access.tokens import welcome
from serving.api.deps import the_clock
from serving.store import Store, open_store
from serving.store.schema import OUTCOMES, PLACES
from serving.store.scopes import WHOLE
from serving.web import app_with

PICTURES = Path(__file__).parent / "pictures"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
SIZES = {"phone": (360, 780), "desk": (1440, 900)}
COLOURS = 128
WHAT = ("list", "mlflow", "pages")
MLFLOW_PORT = 5077
PAGES_PORT = 8077
EXPANDER = (351, 233)
"""Where MLflow 3.17 draws the box that unfolds the first run, in a window of 1440 x 900."""


@dataclass(frozen=True, kw_only=True)
class Tokens:
    """What two people sign in with."""

    visitor: str
    supervisor: str


def main() -> None:
    """Write the pictures of the printed list, of MLflow and of every page in two sizes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--only", choices=WHAT, help="leave the other pictures as they are")
    asked = parser.parse_args()
    home, wanted = asked.home.resolve(), asked.only or WHAT
    PICTURES.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        if "list" in wanted:
            picture_list(browser, home)
        if "mlflow" in wanted:
            with mlflow_ui(home):
                picture_mlflow(browser)
        if "pages" in wanted:
            with (
                tempfile.TemporaryDirectory(prefix="zhaoren-pictures-") as folder,
                pages(visited_copy(home, Path(folder) / "home")) as (url, tokens, household_id),
            ):
                picture_pages(browser, url, tokens, household_id)
        browser.close()


def picture_list(browser: Browser, home: Path) -> None:
    """Photograph the fullest list of the newest published date."""
    page = browser.new_page(viewport={"width": 1000, "height": 1280}, locale="zh-CN")
    newest = home / "lists" / newest_night(home).isoformat()
    fullest = max(sorted(newest.rglob("grid_worker.json")), key=_entries)
    page.goto(fullest.with_suffix(".html").as_uri())
    page.screenshot(path=PICTURES / "list.png")


def _entries(path: Path) -> int:
    document = json.loads(path.read_text("utf-8"))
    return len(document.get("entries", [])) if isinstance(document, dict) else 0


def picture_pages(browser: Browser, url: str, tokens: Tokens, household_id: str) -> None:
    """Photograph every page on a phone and on a desk: a visitor's own, and those of the district's supervisor."""
    pages = {
        tokens.visitor: {"list": "list", "household": f"households/{household_id}"},
        tokens.supervisor: {"figures": "figures", "health": "health"},
    }
    for size, (width, height) in SIZES.items():
        for token, paths in pages.items():
            context = browser.new_context(
                viewport={"width": width, "height": height}, locale="zh-CN"
            )
            page = context.new_page()
            page.goto(f"{url}/pages/sign-in")
            page.fill("input[name=token]", token)
            page.click("main button")
            page.wait_for_url("**/pages/list*")
            for name, path in paths.items():
                answer = page.goto(f"{url}/pages/{path}")
                if answer is None or not answer.ok:
                    raise SystemExit(f"{path} was not shown: no picture of it is kept.")
                _keep(page, f"page_{name}_{size}.png")
            if token == tokens.supervisor:
                page.goto(f"{url}/pages/figures")
                _keep(page.locator("section:has(.map)"), f"page_map_{size}.png")
            context.close()


def _keep(what: Page | Locator, name: str) -> None:
    """Photograph in few colours: the pages have few, and a picture of a README should be small."""
    picture = Image.open(BytesIO(what.screenshot())).convert("RGB")
    picture.quantize(COLOURS).save(PICTURES / name, optimize=True)


@contextmanager
def pages(visited: VisitedHome) -> Iterator[tuple[str, Tokens, str]]:
    """Serve the pages of ``visited`` on loopback as of its moment; yield the address, tokens and a household."""
    lists = visited.settings.home / "lists" / visited.night.isoformat()
    # In the grids that come last hardly a door was answered yet.
    fullest = max(sorted(lists.rglob("grid_worker.json"), reverse=True), key=_entries)
    document = json.loads(fullest.read_text("utf-8"))
    app = app_with(visited.settings)
    app.dependency_overrides[the_clock] = lambda: lambda: visited.now
    store = open_store(visited.settings.home)
    with store.read(WHOLE) as read:
        district = read.scalars(select(PLACES.c.place_id).where(PLACES.c.level == Level.DISTRICT))
        district_id = district.one()
        answered = set(read.scalars(select(OUTCOMES.c.alert_id)))
    waiting = [
        entry["household_id"] for entry in document["entries"] if entry["alert_id"] not in answered
    ]
    grid_id = document["header"]["grid_id"]
    tokens = Tokens(
        visitor=_token(store, visited, Role.GRID_WORKER, Level.GRID, grid_id),
        supervisor=_token(store, visited, Role.SUPERVISOR, Level.DISTRICT, district_id),
    )
    store.close()
    server = uvicorn.Server(
        uvicorn.Config(app, port=PAGES_PORT, log_level="error", lifespan="off", access_log=False)
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        _wait_for(f"http://127.0.0.1:{PAGES_PORT}/health")
        yield f"http://127.0.0.1:{PAGES_PORT}", tokens, waiting[0]
    finally:
        server.should_exit = True
        thread.join(20)


def _token(store: Store, visited: VisitedHome, role: Role, level: Level, place_id: str) -> str:
    with store.write() as work:
        return welcome(
            work,
            worker_id=f"pictures-{role.value}",
            role=role,
            level=level,
            place_id=place_id,
            now=visited.now,
            expires_at=visited.now + timedelta(days=1),
        ).secret


def picture_mlflow(browser: Browser) -> None:
    """Photograph the runs of the newest experiment: the model beside its baselines."""
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.goto(f"http://127.0.0.1:{MLFLOW_PORT}/#/experiments/1/runs?compareRunsMode=CHART")
    page.wait_for_timeout(9000)
    close = page.locator("[aria-label='Close']")
    if close.count():
        close.first.click()
    page.get_by_placeholder("Search metric charts").fill("^(precision_1pct|recall_1pct|roc_auc)$")
    page.mouse.click(*EXPANDER)
    page.wait_for_timeout(6000)
    page.screenshot(path=PICTURES / "mlflow.png")


@contextmanager
def mlflow_ui(home: Path) -> Iterator[None]:
    """Serve the local MLflow store on loopback while the picture is taken."""
    command = [
        str(Path(sys.executable).parent / "mlflow"), "ui", "--host", "127.0.0.1",
        "--port", str(MLFLOW_PORT), "--workers", "1", "--backend-store-uri", f"sqlite:///{home / 'mlflow.db'}",
    ]  # fmt: skip
    environment = {**os.environ, "MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true"}
    server = subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        _wait_for(f"http://127.0.0.1:{MLFLOW_PORT}/health")
        yield
    finally:
        server.terminate()
        server.wait(20)


def _wait_for(url: str) -> None:
    for _ in range(180):
        try:
            urllib.request.urlopen(url, timeout=2)
            return
        except OSError:
            time.sleep(1)


if __name__ == "__main__":
    main()
