"""One seed's world made ready: simulated, through the gate, a matrix per list date, true names.

Nothing here depends on a policy, so a prepared home serves every replay. Each step leaves a file behind
and is not done again.
"""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, time
from pathlib import Path

import pandas as pd

from data_contracts.gate import pass_gate
from data_contracts.lake import Lake
from data_contracts.pseudonyms import KEY_FILE, keyring_of, simulated_key
from experiments.district.simulate import simulate
from experiments.district.true_names import as_truly_named
from experiments.history import build_from_lake
from experiments.year.ladder import entitled_scores
from experiments.year.settings import YearSettings
from features.concluding import conclude_history
from features.connections import open_engine
from features.district import DISTRICT
from features.jobs import cores_to_use
from features.labels import label_spine
from features.matrix import load_feeds, open_spine
from features.outcomes.unmet_need import UNMET_NEED_180D

WORLD = ("households", "months", "history_months", "label_months", "step_days")
AT_THE_DOOR = replace(
    UNMET_NEED_180D,
    name="need_at_the_door_31d",
    window_days=31,
    settle_days=0,
    description="Confirmed in need within the month by a visit, not covered before.",
)
Progress = Callable[[str], None]


class OtherWorld(ValueError):
    """The folder holds a world of other settings."""


def prepare(home: Path, settings: YearSettings, *, seed: int, progress: Progress) -> None:
    """Make ``home`` ready for replays of one seed, or find it ready.

    Raises:
        OtherWorld: ``home`` was prepared with another size, calendar or seed.
    """
    wanted = {name: getattr(settings, name) for name in WORLD} | {"seed": seed}
    told = home / "world.json"
    if told.exists() and json.loads(told.read_text(encoding="utf-8")) != wanted:
        raise OtherWorld(
            f"{home} holds another world: {told.read_text(encoding='utf-8').strip()}; asked for"
            f" {json.dumps(wanted)}. Give another --home"
        )
    home.mkdir(parents=True, exist_ok=True)
    told.write_text(json.dumps(wanted) + "\n", encoding="utf-8")
    if not (home / KEY_FILE).exists():
        simulate(settings.district(seed), home, progress)
        simulated_key(home / KEY_FILE, seed=seed)
    if not (home / "ingested").exists():
        _ingest(home, settings.ends, progress)
    _matrices(home, settings, progress)
    if not names_path(home).exists():
        progress("whom each household really is")
        _name(home, settings).to_parquet(names_path(home), index=False)
    if not known_path(home).exists():
        progress("what the bureau's own visits had found")
        _known_before(home, settings).to_parquet(known_path(home), index=False)
    _entitled(home, settings, progress)


def matrix_path(home: Path, day: date) -> Path:
    """Where the matrix of ``day`` lies."""
    return home / "year" / f"{day}.parquet"


def names_path(home: Path) -> Path:
    """Where ``household_id, as_of_date, true_id`` of every list date lie."""
    return home / "year" / "true_names.parquet"


def entitled_path(home: Path, day: date) -> Path:
    """Where the rule ladder's scores of ``day`` lie."""
    return home / "year" / f"entitled_{day}.parquet"


def known_path(home: Path) -> Path:
    """Where the labels of the bureau's own visits lie."""
    return home / "year" / "known_before.parquet"


def _ingest(home: Path, until: date, progress: Progress) -> None:
    keyring = keyring_of(home)
    before = datetime.combine(until, time())
    pass_gate(home, DISTRICT.contracts, before=before, progress=progress, keyring=keyring)
    conclude_history(home, DISTRICT, before=until, keyring=keyring, progress=progress)
    (home / "ingested").write_text(f"{until}\n", encoding="utf-8")


def _matrices(home: Path, settings: YearSettings, progress: Progress) -> None:
    days = [*settings.label_dates, *settings.list_dates]
    missing = {day: matrix_path(home, day) for day in days if not matrix_path(home, day).exists()}
    build_from_lake(home, DISTRICT, out=missing, jobs=cores_to_use(), progress=progress)


def _entitled(home: Path, settings: YearSettings, progress: Progress) -> None:
    with open_engine() as engine:
        for day in settings.list_dates:
            if not entitled_path(home, day).exists():
                progress(f"{day}: the rule ladder")
                scores = entitled_scores(engine, matrix_path(home, day), as_of_date=day)
                scores.to_parquet(entitled_path(home, day), index=False)


def _name(home: Path, settings: YearSettings) -> pd.DataFrame:
    keys = [
        pd.read_parquet(matrix_path(home, day), columns=["household_id", "as_of_date"])
        for day in settings.list_dates
    ]
    rows = pd.concat(keys, ignore_index=True)
    named = as_truly_named(home, home / "truth", DISTRICT, rows, dates=settings.list_dates)
    return rows.assign(true_id=named["household_id"])


def _known_before(home: Path, settings: YearSettings) -> pd.DataFrame:
    """Labels of the visits before the replay, as they were known on its first day."""
    frames = []
    with open_engine(spill=home / "spill") as engine:
        feeds = load_feeds(engine, Lake(home), DISTRICT)
        for day in settings.label_dates:
            spine, links = open_spine(engine, feeds, DISTRICT, as_of_dates=(day,))
            labels = label_spine(
                spine, feeds, links, outcome=AT_THE_DOOR, known_before=settings.begins
            )
            frames.append(labels.to_pandas())
    labelled = pd.concat(frames, ignore_index=True)
    known: pd.DataFrame = labelled[labelled["label"].notna()].reset_index(drop=True)
    return known
