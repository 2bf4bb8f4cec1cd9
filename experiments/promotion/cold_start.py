"""A home without labels: a card of points as its first champion, and how far it is from learning."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import ibis
import pandas as pd

from data_contracts.lake import Lake
from experiments.config import ExperimentConfig
from experiments.promotion.promoting import Outcome, consider
from features.connections import open_named
from features.deployment import Deployment
from features.engine_names import DUCKDB
from features.groups.contact_history import CLEARING_FINDINGS, CONFIRMING_FINDINGS
from features.matrix import Arrivals, build_matrix, load_feeds
from features.refusals import require_grains
from models.artefact import Band
from models.artefact_writing import write
from models.cold_start import PACE_DAYS, Gathered
from models.gate.refusals import PromotionRefusal
from models.points_card import points_card, uncalibrated
from models.promoted import history
from models.rules.triggers import load_triggers

BY_LOT = "routine_random"


class AlreadyStarted(PromotionRefusal):
    """The home has a champion: there is nothing to start."""


def begin(
    home: Path,
    config: ExperimentConfig,
    *,
    rule_id: str,
    as_of_date: date,
    at: datetime,
    by: str,
    engine_name: str = DUCKDB,
    progress: Callable[[str], None] = lambda _: None,
) -> Outcome:
    """Make a rule of thumb the provisional champion of a home that has none.

    Args:
        home: folder with a lake.
        config: whose deployment, bands and capacity count.
        rule_id: the rule of thumb whose points rank.
        as_of_date: versions of triggers and what is usual are those of this day.
        at: time of the decision.
        by: who asked.
        engine_name: what builds the matrix.
        progress: is told one line per step.

    Raises:
        AlreadyStarted: something was promoted here before.
        NoPoints: no such rule of thumb.
    """
    if history(home):
        raise AlreadyStarted(
            f"{home} has a champion already: see `zhaoren-lab promote --show`; another model goes"
            " through `zhaoren-lab promote`"
        )
    deployment = config.load_deployment()
    rules = load_triggers(
        deployment.triggers, features=deployment.features, region=deployment.region
    )
    households = _present(home, deployment, as_of_date, engine_name, progress)
    card = points_card(
        rules,
        rule_id,
        features=deployment.features,
        households=households,
        as_of_date=as_of_date,
    )
    name = f"points_{as_of_date}_{sha256(''.join(card.texts().values()).encode()).hexdigest()[:12]}"
    folder = home / "trained" / name
    artefact = write(
        folder,
        name=config.load_outcome().name,
        model=card,
        calibration=uncalibrated(),
        features=deployment.features,
        reference=households,
        bands=[Band(one, start) for one, start in config.bands.items()],
        data_until=as_of_date,
        training={
            "experiment": "cold_start",
            "origin": config.origin,
            "rule": rule_id,
            "learned_from": "nothing: published thresholds and an office's points",
        },
    )
    return consider(home, artefact, config=config, at=at, by=by, progress=progress)


def gathered(home: Path, deployment: Deployment, *, as_of_date: date) -> Gathered:
    """Count completed visits by lot as known on a day: somebody was met, and need found or not."""
    with open_named(DUCKDB, spill=home / "spill") as engine:
        facts = Lake(home).facts(engine, deployment.contracts["visits"])
        midnight = ibis.timestamp(as_of_date.isoformat())
        completed = facts.filter(
            facts.known_from < midnight,
            facts.known_until.isnull() | (facts.known_until >= midnight),
            facts.event_date < ibis.date(as_of_date.isoformat()),
            facts.channel == BY_LOT,
            facts.finding.isin([*CONFIRMING_FINDINGS, *CLEARING_FINDINGS]),
        )
        visits = completed.select("event_date", "finding").to_pandas()
    found = visits["finding"].isin(CONFIRMING_FINDINGS)
    began = pd.Timestamp(as_of_date - timedelta(days=PACE_DAYS))
    lately = pd.to_datetime(visits["event_date"]) >= began
    return Gathered(
        visits=len(visits),
        found=int(found.sum()),
        lately=int(lately.sum()),
        found_lately=int((found & lately).sum()),
    )


def _present(
    home: Path,
    deployment: Deployment,
    as_of_date: date,
    engine_name: str,
    progress: Callable[[str], None],
) -> pd.DataFrame:
    """Build the matrix of a day and return it."""
    out = home / "matrices" / deployment.name / f"cold_start_{as_of_date}.parquet"
    lake = Lake(home)
    with open_named(engine_name, spill=home / "spill") as engine:
        feeds = load_feeds(engine, lake, deployment)
        require_grains(feeds, deployment.groups)
        arrivals = Arrivals(lake.arrivals(before=datetime.combine(as_of_date, datetime.min.time())))
        build_matrix(
            engine, feeds, arrivals, deployment, as_of_date=as_of_date, out=out, progress=progress
        )
    return pd.read_parquet(out)
