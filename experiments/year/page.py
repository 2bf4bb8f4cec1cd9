"""What the replays found, as one HTML page, a CSV and a JSON."""

import base64
import io
import json
import math
from dataclasses import asdict
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
from jinja2 import Environment

from experiments.year.door import FINDINGS
from experiments.year.figures import draw
from experiments.year.measures import NEVER
from experiments.year.replay import ENGINE, Replay
from experiments.year.settings import YearSettings
from experiments.year.summary import Summary
from experiments.year.walker import LANES

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def write(summary: Summary, settings: YearSettings, out: Path) -> Path:
    """Write ``simulate_year.html``, ``.csv`` (one line per policy and seed) and ``.json``; return the page."""
    out.mkdir(parents=True, exist_ok=True)
    template = Environment(autoescape=True).from_string(
        (files("experiments.year") / "page.html").read_text(encoding="utf-8")
    )
    page = out / "simulate_year.html"
    page.write_text(
        template.render(
            summary=summary,
            settings=settings,
            of=summary.over_seeds,
            engine=ENGINE,
            never=NEVER,
            figures={name: _inline(figure) for name, figure in draw(summary).items()},
        ),
        encoding="utf-8",
    )
    lines = pd.DataFrame([one.flat() for one in summary.outcomes])
    lines.to_csv(out / "simulate_year.csv", index=False)
    told = {
        "settings": settings.model_dump(),
        "seeds": summary.seeds,
        "bars": [asdict(bar) | {"is_met": bar.is_met} for bar in summary.bars()],
        "policies": summary.table().to_dict("records"),
    }
    text = json.dumps(_plain(told), indent=1, ensure_ascii=False, allow_nan=False)
    (out / "simulate_year.json").write_text(text + "\n", encoding="utf-8")
    return page


def write_visits(replayed: Replay, out: Path) -> Path:
    """Write every visit of a replay with policy, lane and propensity as ``visits_<seed>.parquet``."""
    out.mkdir(parents=True, exist_ok=True)
    path = out / f"visits_{replayed.seed}.parquet"
    visits = [diary.assign(policy=name) for name, diary in replayed.diaries.items() if len(diary)]
    table = pd.concat(visits, ignore_index=True)
    table["lane"] = table["lane"].map(dict(enumerate(LANES)))
    table["finding"] = table["finding"].map(dict(enumerate(FINDINGS)))
    table.to_parquet(path, index=False)
    return path


def _plain(value: object) -> object:
    """Return what JSON can hold: "never" for infinite days, null for nothing to count."""
    if isinstance(value, dict):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None if math.isnan(value) else "never"
    return value


def _inline(figure: "Figure") -> str:
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=110)
    return base64.b64encode(file.getvalue()).decode("ascii")
