"""A street with forty doors, served on loopback as a bureau serves it, for tests that open it in a browser."""

import socket
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

import pandas as pd
import uvicorn

from serving.access.places import Level
from serving.access.roles import Role
from serving.access.sign_on import SignOn
from serving.access.tokens import welcome
from serving.api.app import create_app
from serving.api.deps import the_clock
from serving.ledger.leases import Clock
from serving.pages.site import add_pages
from serving.store import Store, open_store
from serving.upstream.protocol import Explanation, Progress, Reason
from tests.serving.village import TWO_O_CLOCK, ZONE, TickingClock, Village, run

DOORS = 40
MORNING = TWO_O_CLOCK + timedelta(hours=8)
TEXTS = (
    "水电气热已欠费四个月，合计 1,260 元",
    "家中有人持有二级残疾证，没有领护理补贴",
    "去年住院自付占收入六成",
)


@dataclass
class Street(Village):
    """Forty households of one grid, three reasons each; ``texts`` are the reasons of all of them."""

    texts: tuple[str, ...] = TEXTS
    uncertainty: str = "近期收入不明"
    households: pd.DataFrame = field(default_factory=lambda: _households())
    capacity: dict[tuple[str, str], int] = field(
        default_factory=lambda: {("g1", "grid_worker"): DOORS}
    )

    def explain(
        self,
        *,
        champion: str,
        matrix: Path,
        households: Sequence[str],
        as_of_date: date,
        progress: Progress,
    ) -> Mapping[str, Explanation]:
        reasons = tuple(
            Reason(
                text=text,
                feature="unpaid",
                group="utilities",
                dated=date(2026, 2, 20),
                is_event=True,
            )
            for text in self.texts
        )
        return dict.fromkeys(households, Explanation(reasons=reasons, uncertainty=self.uncertainty))


def _households() -> pd.DataFrame:
    first = Village().households.iloc[[0]]
    many = pd.concat([first] * DOORS, ignore_index=True)
    return many.assign(
        household_id=[f"h{number:02}" for number in range(DOORS)],
        grid_id="g1",
        score=[1 - number / 100 for number in range(DOORS)],
        band=["red", "orange", "yellow", "yellow"] * (DOORS // 4),
        reason="unpaid",
    )


class Served:
    """A published street and a server over it that can be stopped and started again on its port."""

    def __init__(self, home: Path, street: Street, sign_on: SignOn | None) -> None:
        run(home, upstream=street)
        self.store: Store = open_store(home)
        self.clock: Clock = TickingClock(MORNING)
        app = create_app(self.store, zone=ZONE, home=home)
        add_pages(app, sign_on=sign_on)
        app.dependency_overrides[the_clock] = lambda: self.clock
        self.app = app
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def token(
        self, *, worker_id: str = "w1", role: Role = Role.GRID_WORKER, grid_id: str = "g1"
    ) -> str:
        with self.store.write() as work:
            return welcome(
                work,
                worker_id=worker_id,
                role=role,
                level=Level.GRID,
                place_id=grid_id,
                now=self.clock(),
                expires_at=self.clock() + timedelta(days=7),
            ).secret

    def start(self) -> None:
        config = uvicorn.Config(
            self.app,
            host="127.0.0.1",
            port=self.port,
            log_level="error",
            access_log=False,
            lifespan="off",
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()
        while not self._server.started:
            time.sleep(0.01)

    def stop(self) -> None:
        self._server.should_exit = True
        self._server.force_exit = True
        self._thread.join(timeout=10)

    def close(self) -> None:
        self.stop()
        self.store.close()


@contextmanager
def served(
    home: Path, street: Street | None = None, *, sign_on: SignOn | None = None
) -> Iterator[Served]:
    """Serve ``street`` until the block ends."""
    here = Served(home, street or Street(), sign_on)
    try:
        yield here
    finally:
        here.close()
