"""How long each part of a run took: a stopwatch that is told what begins."""

from time import perf_counter, process_time


class Phases:
    """Seconds by the name of the phase, in the order they began; a name that comes again adds up.

    ``cpu_seconds`` is the time all threads of this process together computed: on a busy machine the only fair one.
    """

    def __init__(self) -> None:
        """Begin with no phase."""
        self.seconds: dict[str, float] = {}
        self.cpu_seconds: dict[str, float] = {}
        self._running: tuple[str, float, float] | None = None

    def begin(self, name: str) -> None:
        """End the running phase and begin another."""
        self.end()
        self._running = name, perf_counter(), process_time()

    def end(self) -> None:
        """End the running phase, if any."""
        if self._running is not None:
            name, since, cpu = self._running
            self.seconds[name] = self.seconds.get(name, 0.0) + perf_counter() - since
            self.cpu_seconds[name] = self.cpu_seconds.get(name, 0.0) + process_time() - cpu
        self._running = None
