"""Remake the pictures of the README from a home that `make nightly` filled.

    python docs/screenshots.py --home var/demo

Needs Debian's Chromium. Pages are read from disk or from a server on this machine; nothing else is reached.
"""

import argparse
import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

PICTURES = Path(__file__).parent / "pictures"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
MLFLOW_PORT = 5077
PAGES_PORT = 8077
EXPANDER = (351, 233)
"""Where MLflow 3.17 draws the box that unfolds the first run, in a window of 1440 x 900."""


def main() -> None:
    """Write the pictures of the printed list, of MLflow and of every page in two sizes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, required=True)
    home = parser.parse_args().home.resolve()
    PICTURES.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        page = browser.new_page(viewport={"width": 1000, "height": 1280}, locale="zh-CN")
        picture_list(page, home)
        wide = browser.new_page(viewport={"width": 1440, "height": 900})
        with mlflow_ui(home):
            picture_mlflow(wide, home)
        with pages(home) as token:
            picture_pages(browser, token, home)
        browser.close()


def picture_list(page: Page, home: Path) -> None:
    """Photograph the fullest list of the newest published date."""
    newest = max(path for path in (home / "lists").iterdir() if path.name[0].isdigit())
    fullest = max(sorted(newest.rglob("grid_worker.json")), key=_entries)
    page.goto(fullest.with_suffix(".html").as_uri())
    page.screenshot(path=PICTURES / "list.png")


def _entries(path: Path) -> int:
    document = json.loads(path.read_text("utf-8"))
    return len(document.get("entries", [])) if isinstance(document, dict) else 0


def picture_pages(browser: Browser, token: str, home: Path) -> None:
    """Photograph every page as a supervisor of the district sees it, on a phone and on a desk."""
    newest = max(path for path in (home / "lists").iterdir() if path.name[0].isdigit())
    household = json.loads(max(sorted(newest.rglob("*.json")), key=_entries).read_text("utf-8"))
    household_id = household["entries"][0]["household_id"]
    for name, (width, height) in {"phone": (360, 780), "desk": (1440, 900)}.items():
        context = browser.new_context(viewport={"width": width, "height": height}, locale="zh-CN")
        page = context.new_page()
        page.goto(f"http://127.0.0.1:{PAGES_PORT}/pages/sign-in")
        page.fill("input[name=token]", token)
        page.click("main button")
        page.wait_for_selector("article")
        page.screenshot(path=PICTURES / f"page_list_{name}.png")
        for other, path in {
            "household": f"households/{household_id}",
            "figures": "figures",
            "health": "health",
        }.items():
            page.goto(f"http://127.0.0.1:{PAGES_PORT}/pages/{path}")
            page.screenshot(path=PICTURES / f"page_{other}_{name}.png")
        context.close()


@contextmanager
def pages(home: Path) -> Iterator[str]:
    """Serve the pages on loopback while the pictures are taken; yield a supervisor's token."""
    operator = str(Path(sys.executable).parent / "zhaoren")
    environment = {
        **os.environ,
        "ZHAOREN_HOME": str(home),
        "ZHAOREN_API_PORT": str(PAGES_PORT),
        "DO_NOT_TRACK": "true",
    }
    newest = max(path for path in (home / "lists").iterdir() if path.name[0].isdigit())
    document = json.loads(max(sorted(newest.rglob("*.json")), key=_entries).read_text("utf-8"))
    scope = f"street:{document['header']['street_id']}"
    told = subprocess.run(
        [operator, "tokens", "issue", "--worker", f"pictures-{os.getpid()}", "--role", "supervisor", "--scope", scope, "--days", "1"],
        env=environment, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    server = subprocess.Popen([operator, "serve"], env=environment, stdout=subprocess.DEVNULL)
    try:
        _wait_for(f"http://127.0.0.1:{PAGES_PORT}/health")
        yield told.split()[-1]
    finally:
        server.terminate()
        server.wait(20)


def picture_mlflow(page: Page, home: Path) -> None:
    """Photograph the runs of the newest experiment: the model beside its baselines."""
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
