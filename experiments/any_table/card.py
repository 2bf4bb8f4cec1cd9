"""The card of a trial: what was learned from, how good it is with intervals, who is missed, what to doubt. One HTML file."""

import base64
import io
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from jinja2 import Environment

from experiments.any_table.plain import RANDOM
from experiments.any_table.trying import MODEL, Trial
from models import plots
from models.curves import precision_curve

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_SHARES = tuple(float(share) for share in np.geomspace(0.005, 1.0, 30))
_MOST_COLUMNS = 15


def write_card(trial: Trial, path: Path, *, origin: str) -> None:
    """Write the card as one HTML file without outside references.

    Args:
        trial: what was found out.
        path: file to write.
        origin: where the rows come from, as the person who ran it says.
    """
    template = Environment(autoescape=True).from_string(
        (files("experiments.any_table") / "card.html").read_text(encoding="utf-8")
    )
    table = trial.evaluation.table()
    page = template.render(
        trial=trial,
        folds=list(zip(trial.folds, trial.chosen, strict=True)),
        origin=origin,
        lines=table.to_dict("records"),
        results=trial.evaluation.results,
        model=MODEL,
        leaks=[alarm for alarm in trial.alarms if alarm.level == "leak"],
        margins=trial.margins(),
        first=trial.evaluation[MODEL].at[trial.capacity.name],
        base_rate=trial.evaluation.base_rate,
        best=sorted(trial.alone.items(), key=lambda pair: -pair[1])[:_MOST_COLUMNS],
        gaps=[one.sentence for one in trial.gaps],
        figures={name: _inline(figure) for name, figure in figures(trial, origin=origin).items()},
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(page, encoding="utf-8")


def figures(trial: Trial, *, origin: str) -> "dict[str, Figure]":
    """Return the pictures of the card by their titles."""
    titles = {"outcome": trial.asked.label, "origin": origin}
    shown = [MODEL, *(name for name in trial.scores if name not in (MODEL, RANDOM)), RANDOM][:6]
    curves = {
        name: precision_curve(trial.judged, trial.scores[name], shares=_SHARES) for name in shown
    }
    share = trial.capacity.of(len(trial.judged)) / len(trial.judged)
    drawn = {
        "Precision at every capacity": plots.precision_at_capacity(
            curves,
            capacity_share=trial.capacity.share or share,
            base_rate=trial.evaluation.base_rate,
            **titles,
        ),
        "Against plain policies": plots.policies(
            trial.evaluation, capacity=trial.capacity.name, **titles
        ),
    }
    bins = {MODEL: trial.evaluation[MODEL].reliability}
    drawn["Calibration"] = plots.calibration(bins, **titles)
    return drawn


def _inline(figure: "Figure") -> str:
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=110)
    return base64.b64encode(file.getvalue()).decode("ascii")
