"""What the commands of ``zhaoren-lab`` share: options, progress, the clock, who is asking."""

import os
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

if TYPE_CHECKING:
    from experiments.config import ExperimentConfig

CONFIGS = Path(__file__).parent / "configs"
GATE_SAYS_NO = 3
"""Exit code where the promotion gate was asked and does not let a model through; 2 is a refusal to run at all."""

Home = Annotated[
    Path,
    typer.Option("--home", envvar="ZHAOREN_HOME", help="Folder with landing, lake and models."),
]
Config = Annotated[
    str,
    typer.Option("--config", help="Experiment: a YAML file, or the name of one that is shipped."),
]
Engine = Annotated[
    str,
    typer.Option(
        "--engine",
        envvar="ZHAOREN_ENGINE",
        help="What builds the matrices: duckdb, local[2] or spark://host:7077.",
    ),
]
Truth = Annotated[
    Path | None, typer.Option("--truth", help="Truth of a simulated district, to judge with.")
]


class Told:
    """Progress on one line of a terminal, one line each elsewhere; times come from the caller."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._status = console.status("starting") if console.is_terminal else None
        if self._status is not None:
            self._status.start()

    def __call__(self, line: str) -> None:
        """Show what is being done now."""
        if self._status is not None:
            self._status.update(line)
        else:
            self._console.print(f"  {line}", highlight=False, soft_wrap=True)

    def done(self) -> None:
        """Stop showing."""
        if self._status is not None:
            self._status.stop()


def local_now() -> datetime:
    """Return the bureau's own clock, for histories of promotions and deliveries."""
    return datetime.now()  # noqa: DTZ005 the history is read at the bureau, in its own time


def user() -> str:
    """Return who runs the command, as the shell calls them."""
    return os.environ.get("USER", "unknown")


def named_config(name: str) -> "ExperimentConfig":
    """Read an experiment: a YAML file by path, or a shipped one by name."""
    from experiments.config import load_config

    path = Path(name)
    return load_config(path if path.suffix == ".yaml" else CONFIGS / f"{name}.yaml")
