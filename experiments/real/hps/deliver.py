"""The published files of the survey -> deliveries of its parts in the landing folder.

``weekNN.parquet`` holds one row per interview of wave NN under the publisher's own column names. Each part of
the questionnaire becomes a feed: every column a contract names is taken from the source column of that name.

Two things are settled here, because only the publisher's code book knows them. -88 (not reached) and -99 (not
answered) become empty cells, the one way every contract writes "unknown"; any other stray code is left for
the gate. And an interview number that returns with another birth year or state is another household, so
these two are part of the household's id.
"""

import hashlib
import io
import json
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from functools import cache
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq

from data_contracts.files import write_atomically
from data_contracts.odcs import Contract, load_contracts

CONTRACTS = Path(__file__).parent / "contracts"
STATE_TABLES = "hps_state_tables"

NO_ANSWER = (-88, -99)
FIRST_CLOSING = date(2020, 5, 5)
"""Wave 1 was open from 23 April to 5 May 2020; every later wave closed a week after the one before."""
_CLOSING_TIME = time(20, 0)
_KEYS = ("interview_id", "household_id", "event_date")
_SOURCE_NAMES = {"birth_year": "TBIRTH_YEAR"}
_IDENTITY = ("SCRAM", "WEEK", "TBIRTH_YEAR", "EST_ST")
_STATE_TABLE_SOURCES = ("PWEIGHT", "CURFOODSUF", "MORTLMTH", "EXPCTLOSS")


class SurveyError(ValueError):
    """The survey's files are not what this adapter reads; the message says which and what to do."""


@cache
def contracts() -> dict[str, Contract]:
    """Return the contracts of the survey's parts by feed; do not change the dictionary."""
    return load_contracts(CONTRACTS)


def closing_day(wave: int) -> date:
    """Return the last interview day of a wave (1 and up)."""
    return FIRST_CLOSING + timedelta(days=7 * (wave - 1))


def as_of_date(wave: int) -> date:
    """Return the first date on which the answers of a wave are known: the day after it closed."""
    return closing_day(wave) + timedelta(days=1)


def deliver(
    data: Path, landing: Path, *, progress: Callable[[str], None] = lambda _: None
) -> list[Path]:
    """Write every wave found in ``data`` to ``landing``, one file and manifest per feed and wave.

    A part nobody answered in a wave is not sent. What has been delivered before is left as it is, so a second call writes nothing.

    Args:
        data: folder with ``week01.parquet``, ``week02.parquet`` and so on.
        landing: the landing folder of a home.
        progress: is told one line per wave.

    Returns:
        Every delivered file, old and new, in order of wave and feed.

    Raises:
        SurveyError: no such files, a column is missing, a file holds another wave than its name says, or
            ``landing`` already holds another version of a wave.
    """
    delivered = []
    for path in _weeks(data):
        interviews = _interviews(path)
        wave = int(interviews["WEEK"].iloc[0])
        progress(f"wave {wave}, closed {closing_day(wave)}: {len(interviews):,} interviews")
        for feed, contract in contracts().items():
            rows = (_state_table if feed == STATE_TABLES else _part)(interviews, contract)
            if not rows.empty:
                delivered.append(_drop(landing, contract, rows, wave=wave))
    return delivered


def _weeks(data: Path) -> list[Path]:
    found = sorted(data.glob("week[0-9][0-9].parquet"))
    if not found:
        raise SurveyError(
            f"no week01.parquet, week02.parquet ... in {data}; docs/real_households.md says where the"
            " survey is published and how to name its files"
        )
    return found


def _interviews(path: Path) -> pd.DataFrame:
    """Read one wave: source columns as published, unanswered ones empty, plus the keys of a fact."""
    answers = {
        _source(name)
        for contract in contracts().values()
        if contract.feed != STATE_TABLES
        for name in contract.column_names
        if name not in (*_KEYS, "state_id")
    }
    wanted = sorted(answers | {*_IDENTITY, *_STATE_TABLE_SOURCES})
    absent = sorted(set(wanted) - set(pq.read_schema(path).names))
    if absent:
        raise SurveyError(
            f"{path.name} lacks {absent}; expected the publisher's column names, unchanged"
        )
    rows = pd.read_parquet(path, columns=wanted)
    wave = int(path.stem.removeprefix("week"))
    waves = sorted(int(found) for found in rows["WEEK"].unique())
    if waves != [wave]:
        raise SurveyError(f"{path.name} holds interviews of wave(s) {waves}; expected only {wave}")
    coded = rows[[name for name in wanted if name not in ("SCRAM", "PWEIGHT")]]
    rows[coded.columns] = coded.mask(coded.isin(NO_ANSWER))
    state = rows["EST_ST"].astype("int64").astype("str").str.zfill(2)
    return rows.assign(
        interview_id=rows["SCRAM"] + f"-w{wave:02d}",
        household_id=rows["SCRAM"]
        + "-"
        + rows["TBIRTH_YEAR"].astype("int64").astype("str")
        + "-"
        + state,
        event_date=closing_day(wave),
        state_id=state,
    )


def _source(column: str) -> str:
    return _SOURCE_NAMES.get(column, column.upper())


def _part(interviews: pd.DataFrame, contract: Contract) -> pd.DataFrame:
    """Return one part of the questionnaire, without the interviews that answered nothing of it."""
    named = {
        name: interviews[name if name in interviews.columns else _source(name)]
        for name in contract.column_names
    }
    answers = [name for name in contract.column_names if name not in _KEYS]
    return pd.DataFrame(named).dropna(subset=answers, how="all")


def _state_table(interviews: pd.DataFrame, contract: Contract) -> pd.DataFrame:
    """Return the weighted shares of each state; null where nobody there answered."""
    states = interviews["state_id"]
    shares = {
        "food_insufficient_share": _share(interviews, "CURFOODSUF", (3, 4)),
        "payment_missed_share": _share(interviews, "MORTLMTH", (2,)),
        "income_loss_expected_share": _share(interviews, "EXPCTLOSS", (1,)),
    }
    table = pd.DataFrame(shares).rename_axis("state_id").reset_index()
    wave = int(interviews["WEEK"].iloc[0])
    return table.assign(
        table_id=table["state_id"] + f"-w{wave:02d}",
        event_date=interviews.groupby(states)["event_date"].first().to_numpy(),
    )[list(contract.column_names)]


def _share(interviews: pd.DataFrame, column: str, codes: tuple[int, ...]) -> pd.Series:
    weight = interviews["PWEIGHT"].where(interviews[column].notna())
    among = weight.where(interviews[column].isin(codes), 0.0)
    states = interviews["state_id"]
    total = weight.groupby(states).sum()
    return among.groupby(states).sum() / total.where(total > 0)


def _drop(landing: Path, contract: Contract, rows: pd.DataFrame, *, wave: int) -> Path:
    path = landing / contract.feed / f"wave{wave:02d}.parquet"
    manifest = path.with_name(path.name + ".manifest.json")
    stream = io.BytesIO()
    rows.to_parquet(stream, index=False, compression="zstd")
    content = stream.getvalue()
    if manifest.exists():
        if hashlib.sha256(path.read_bytes()).hexdigest() != hashlib.sha256(content).hexdigest():
            raise SurveyError(
                f"{path} was delivered before with other content; use an empty home for another version"
                " of the survey"
            )
        return path
    received_at = datetime.combine(closing_day(wave), _CLOSING_TIME)
    told = {
        "feed": contract.feed,
        "received_at": received_at.isoformat(),
        "sha256": write_atomically(path, content),
        "rows": len(rows),
        "format": "parquet",
    }
    write_atomically(manifest, json.dumps(told, indent=2).encode())
    return path
