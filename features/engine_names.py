"""What a deployment may write as the name of its engine; without importing any of them."""

import re

DUCKDB = "duckdb"
"""The engine of one machine; what a deployment gets unless it names another."""

_LOCAL = re.compile(r"local\[[1-9]\d*\]")
_CLUSTER = re.compile(r"spark://[^\s,/]+:\d+(,[^\s,/]+:\d+)*")


class EngineError(ValueError):
    """No engine of that name, or what it needs is not installed."""


def check_engine(name: str) -> str:
    """Return ``name`` if it names an engine: ``duckdb``, ``local[2]`` or ``spark://host:port``.

    Raises:
        EngineError: it does not; says what may be written instead.
    """
    if name == DUCKDB or is_local(name) or _CLUSTER.fullmatch(name):
        return name
    raise EngineError(
        f"there is no engine {name!r}; write `duckdb` (one machine), `local[2]` (Spark on two cores of this"
        " machine) or `spark://host:7077` (a Spark cluster)"
    )


def is_local(name: str) -> bool:
    """Whether the engine is Spark on this machine alone."""
    return _LOCAL.fullmatch(name) is not None
