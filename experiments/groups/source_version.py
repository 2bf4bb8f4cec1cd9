"""Which code made a figure: a digest of every module that fitting can reach, and the libraries' versions.

A commit would say less (it ignores what is not committed) and more (it changes with every page of
documentation). So the modules are followed by their import statements, and a result made by other code
is another result. What made the rows need not be followed: the rows themselves have a digest.
"""

import ast
import hashlib
import importlib.util
import subprocess
from collections.abc import Iterable
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path

ROOTS = ("experiments.fitting", "models.baselines")
PACKAGES = ("data_contracts", "features", "models", "experiments")
LIBRARIES = ("duckdb", "ibis-framework", "lightgbm", "numpy", "pandas", "scikit-learn", "scipy")


@lru_cache(maxsize=8)
def source_version(roots: tuple[str, ...] = ROOTS) -> str:
    """Return 64 hex digits over the sources reachable from ``roots`` and the versions of libraries."""
    digest = hashlib.sha256()
    for name in LIBRARIES:
        digest.update(f"{name} {version(name)}\n".encode())
    for module, source in sorted(reachable(roots).items()):
        digest.update(f"{module}\n".encode())
        digest.update(source.read_bytes())
    return digest.hexdigest()


def reachable(roots: Iterable[str]) -> dict[str, Path]:
    """Return every own module that ``roots`` import, directly or not, with its file.

    Imports inside functions count too. A package stands for its ``__init__``, and a name imported from a
    package for the module of that name, if there is one.
    """
    found: dict[str, Path] = {}
    waiting = list(roots)
    while waiting:
        module = waiting.pop()
        if module in found or module.partition(".")[0] not in PACKAGES:
            continue
        source = _source(module)
        if source is None:
            continue
        found[module] = source
        waiting += _imported(source)
    return found


def _source(module: str) -> Path | None:
    try:
        spec = importlib.util.find_spec(module)
    except ModuleNotFoundError:
        return None
    return Path(spec.origin) if spec is not None and spec.origin is not None else None


def _imported(source: Path) -> list[str]:
    names: list[str] = []
    for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module is not None and node.level == 0:
            names.append(node.module)
            names += [f"{node.module}.{alias.name}" for alias in node.names]
    return [name for name in names if name.partition(".")[0] in PACKAGES]


def commit() -> str:
    """Return the commit checked out, or ``not a checkout``: for people, no key depends on it."""
    found = subprocess.run(
        ["git", "rev-parse", "HEAD"],
        cwd=Path(__file__).parent,
        capture_output=True,
        text=True,
        check=False,
    )
    return found.stdout.strip() or "not a checkout"
