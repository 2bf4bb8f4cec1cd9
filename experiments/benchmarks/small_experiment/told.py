"""The single table of the small experiment, one row per learner, and what it comes to in a sentence."""

from collections.abc import Sequence

from rich.table import Table

from experiments.benchmarks.small_experiment.experiment import LISTED, Compared
from models.resampling import Interval


def table(found: Sequence[Compared]) -> Table:
    """Return one row per learner: figures, spread over splits, and whether the best is really better."""
    best = found[0].name
    shown = Table(title=f"precision at {LISTED} and ROC-AUC, mean of the splits; best: {best}")
    for heading in (
        "learner", f"precision at {LISTED}", "by split", f"{best} better by (95 %)", "which is",
        "ROC-AUC", f"{best} better by (95 %)", "which is",
    ):  # fmt: skip
        shown.add_column(heading)
    for one in found:
        same = one.name == best
        shown.add_row(
            one.name,
            f"{one.precision:.3f}",
            " ".join(f"{value:.2f}" for value in one.precision_by_split),
            "" if same else _told(one.precision_behind),
            "" if same else one.precision_verdict,
            f"{one.roc_auc:.4f}",
            "" if same else _told(one.roc_auc_behind),
            "" if same else one.roc_auc_verdict,
        )
    return shown


def in_a_sentence(found: Sequence[Compared]) -> str:
    """Say which learners the best list cannot be told apart from."""
    best, *others = found
    noise = [one.name for one in others if one.precision_verdict == "noise"]
    real = [one.name for one in others if one.precision_verdict == "better"]
    parts = [f"The best lists are those of {best.name}"]
    if noise:
        parts.append(f"its lead over {', '.join(noise)} is noise")
    if real:
        parts.append(f"its lead over {', '.join(real)} is not")
    return "; ".join(parts) + "."


def _told(one: Interval) -> str:
    return f"{one.value:+.3f} ({one.low:+.3f} to {one.high:+.3f})"
