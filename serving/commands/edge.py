"""What commands share: settings, the clock, the store, and a way to tell how far they are."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.console import Console

if TYPE_CHECKING:
    from serving.ledger.leases import Clock
    from serving.settings import Settings
    from serving.store import Store


class Teller:
    """Passes progress on; leaves out a line that only counts further."""

    def __init__(self, show: Callable[[str], None]) -> None:
        self._show = show
        self._last = ""

    def __call__(self, line: str) -> None:
        """Tell one line."""
        kind = line.rstrip("0123456789/")
        if kind != self._last:
            self._show(line)
        self._last = kind


@dataclass(frozen=True)
class Edge:
    """Where a command meets the world."""

    settings: "Settings"
    clock: "Clock"
    out: Console
    err: Console

    @contextmanager
    def store(self) -> "Iterator[Store]":
        """Open the store for one command."""
        from serving.store import open_store

        store = open_store(self.settings.home, url=self.settings.store_address)
        try:
            yield store
        finally:
            store.close()

    @contextmanager
    def progress(self) -> Iterator[Callable[[str], None]]:
        """Show one moving line on a terminal, plain lines elsewhere."""
        if not self.err.is_terminal:
            yield Teller(lambda line: self.err.print(line, markup=False, soft_wrap=True))
            return
        with self.err.status("starting") as shown:
            yield lambda line: shown.update(line.replace("[", "\\["))
