"""Things tried in a scratch folder before a promotion: the same bits again, and the way back."""

import json
import subprocess
import sys
import tempfile
from datetime import datetime
from pathlib import Path
from time import perf_counter

import numpy as np
import pandas as pd

from models.artefact import Artefact, ArtefactError, load
from models.artefact_files import GOLDEN
from models.gate.evidence import GoldenSet
from models.promoted import check_champion, promote, rollback

_AGAIN = """
import sys
from pathlib import Path
from experiments.promotion.rehearsal import largest_difference
for _ in range(2):
    print(repr(largest_difference(Path(sys.argv[1]))))
"""
_SECONDS = 120.0


def golden_again(artefact: Artefact) -> GoldenSet:
    """Predict the golden rows in a fresh process, and there once more after reading the files again.

    None for what a process that crashed, hung or refused did not get to.
    """
    try:
        ended = subprocess.run(
            [sys.executable, "-c", _AGAIN, str(artefact.folder.resolve())],
            capture_output=True, text=True, timeout=_SECONDS, check=False,
            cwd=Path(__file__).resolve().parents[2],
        )  # fmt: skip
        first, second = map(float, ended.stdout.split())
    except (subprocess.TimeoutExpired, ValueError):
        return GoldenSet(reload=None, other_process=None)
    return GoldenSet(reload=second, other_process=first)


def largest_difference(folder: Path) -> float:
    """Return the largest difference of the golden log-odds predicted now; parses the model here."""
    artefact = load(folder)
    stored = json.loads((folder / GOLDEN).read_text("utf-8"))
    rows = pd.DataFrame(stored["rows"], columns=list(artefact.inputs))
    again = artefact.model().log_odds(rows)
    return float(np.abs(again - np.asarray(stored["log_odds"], dtype=np.float64)).max())


def rollback_seconds(
    candidate: Artefact, champion: Artefact | None, *, at: datetime
) -> float | None:
    """Promote a candidate over the champion in a scratch home, go back, and time the way back.

    Returns seconds until the earlier champion stands and has reproduced its golden rows; None without
    a champion to go back to, or where one of the two does not let itself be promoted.
    """
    if champion is None or champion.artefact_id == candidate.artefact_id:
        return None
    with tempfile.TemporaryDirectory() as scratch:
        home = Path(scratch)
        try:
            for one in (champion, candidate):
                promote(home, one.folder, at=at, by="rehearsal", reason="rehearsal")
            began = perf_counter()
            rollback(home, at=at, by="rehearsal", reason="rehearsal")
            check_champion(home)
        except ArtefactError:
            return None
        return perf_counter() - began
