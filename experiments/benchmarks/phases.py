"""How long each part of a run took: a stopwatch that is told what begins."""

from time import perf_counter


class Phases:
    """Seconds by the name of the phase, in the order they began; a name that comes again adds up."""

    def __init__(self) -> None:
        """Begin with no phase."""
        self.seconds: dict[str, float] = {}
        self._running: tuple[str, float] | None = None

    def begin(self, name: str) -> None:
        """End the running phase and begin another."""
        self.end()
        self._running = name, perf_counter()

    def end(self) -> None:
        """End the running phase, if any."""
        if self._running is not None:
            name, since = self._running
            self.seconds[name] = self.seconds.get(name, 0.0) + perf_counter() - since
        self._running = None
