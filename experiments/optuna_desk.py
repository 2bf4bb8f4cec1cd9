"""Where the next settings to try come from: the only Optuna import of the project.

A tree-structured Parzen estimator (Bergstra, Bardenet, Bengio and Kegl 2011) with a fixed seed, kept in memory: the
same seed and the same figures ask for the same settings. Optuna sends nothing anywhere.
"""

import importlib
from collections.abc import Mapping
from types import ModuleType
from typing import Any

from experiments.search_spaces import Between, Space


class Asking:
    """Ask for settings, tell what they were worth (lower is better), ask again."""

    def __init__(self, space: Space, *, seed: int) -> None:
        """Open a search in memory; importing Optuna takes a second, so only on first use."""
        self._space = space
        self._optuna = _quiet_optuna()
        self._study = self._optuna.create_study(
            direction="minimize",
            # A third of a usual search by lot, before the estimator has anything to go by.
            sampler=self._optuna.samplers.TPESampler(seed=seed, n_startup_trials=8),
        )

    def ask(self) -> tuple[Any, Mapping[str, Any]]:
        """Return a ticket and the settings to try."""
        trial = self._study.ask()
        found: dict[str, Any] = {}
        for name, one in self._space.items():
            if not isinstance(one, Between):
                found[name] = trial.suggest_categorical(name, one.values)
            elif one.whole:
                found[name] = trial.suggest_int(name, int(one.low), int(one.high), log=one.log)
            else:
                # Four digits are as many as the figures can tell apart, and a YAML file stays readable.
                value = trial.suggest_float(name, one.low, one.high, log=one.log)
                found[name] = float(f"{value:.4g}")
        return trial, found

    def tell(self, ticket: Any, worth: float | None) -> None:
        """Report what the settings of a ticket were worth; None if they could not be learned with."""
        if worth is None:
            self._study.tell(ticket, state=self._optuna.trial.TrialState.FAIL)
        else:
            self._study.tell(ticket, worth)


def _quiet_optuna() -> ModuleType:
    optuna = importlib.import_module("optuna")
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    return optuna
