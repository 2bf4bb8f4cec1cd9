"""What alerts were worth after visits: which alert a visit answers, which answers count, when a share is told."""

from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from ibis.backends.duckdb import Backend

from experiments import observed_yields
from experiments.observed_yields import (
    NothingObserved,
    ObservedYield,
    Tally,
    kept_matrices,
    observe,
    store,
    visits_after,
)
from features.connections import open_engine
from features.district import DISTRICT
from models.rules.triggers import RuleBook, Trigger
from tests.features.records import feeds, homes
from tests.tables import table

DAY = date(2024, 7, 1)


@pytest.fixture(scope="module")
def engine():
    with open_engine(memory="1GB") as opened:
        yield opened


def trigger(**given: object) -> Trigger:
    filled = {
        "trigger_id": "debt", "feature": "owed", "op": ">=", "value": 100, "valid_from": date(2020, 1, 1),
        "source": "s", "title_zh": "t", "order_by": "owed", **given,
    }  # fmt: skip
    return Trigger(**filled)


def matrix(**owed: float) -> pd.DataFrame:
    return pd.DataFrame({"household_id": list(owed), "owed": list(owed.values())})


def answers(text: str = "") -> pd.DataFrame:
    rows = table(text) if text else pd.DataFrame(
        {"household_id": [], "visited": [], "answered": [], "confirmed": []}
    )  # fmt: skip
    return rows.set_index("household_id")


def told(tally: Tally, one: Trigger) -> tuple[int, int, int, int]:
    found = tally.told(RuleBook({"debt": (one,)}, ()), "debt", DAY)
    return found.fired, found.visited, found.answered, found.confirmed


def test_only_visits_to_households_it_fired_for_are_counted() -> None:
    tally = Tally()
    tally.count(
        trigger(),
        matrix(poor=100, fine=150, out=200, unseen=300, below=99.99),
        DAY,
        answers("""
            household_id | visited | answered | confirmed
            poor         | 1       | true     | true
            fine         | 2       | true     | false
            out          | 1       | false    | false
            below        | 1       | true     | true
            """),
    )

    assert told(tally, trigger()) == (4, 3, 2, 1)


@pytest.mark.parametrize(("later", "alerts"), [(date(2024, 9, 28), 1), (date(2024, 9, 29), 2)])
def test_a_household_has_one_alert_in_ninety_days(later: date, alerts: int) -> None:
    tally = Tally()
    for day in (DAY, later):
        tally.count(trigger(), matrix(h=100), day, answers())

    assert told(tally, trigger())[0] == alerts


@pytest.mark.parametrize(("owed", "alerts"), [(120, 1), (120.01, 2)])
def test_where_the_debt_did_not_grow_nothing_is_said_again(owed: float, alerts: int) -> None:
    tally, grown = Tally(), trigger(repeats_if_grown=True)
    tally.count(grown, matrix(h=120), DAY, answers())
    tally.count(grown, matrix(h=owed), date(2025, 1, 1), answers())

    assert told(tally, grown)[0] == alerts


def of(answered: int, confirmed: int) -> ObservedYield:
    return ObservedYield(
        trigger_id="debt", kind="need", title_zh="t", dates=1, fired=99, visited=answered,
        answered=answered, confirmed=confirmed,
    )  # fmt: skip


def test_too_few_answers_tell_nothing() -> None:
    share = of(30, 15).share

    assert of(29, 15).share is None
    assert share is not None
    assert (share.value, round(share.low, 4), round(share.high, 4)) == (0.5, 0.3315, 0.6685)


def test_the_table_is_kept_with_its_days(tmp_path: Path) -> None:
    path = store([of(30, 15), of(1, 1)], tmp_path, since=None, until=DAY)

    rows = pd.read_parquet(path)
    assert path.name == "triggers_first_2024-07-01.parquet"
    assert rows["share"].tolist()[0] == 0.5
    assert rows["share"].isna().tolist() == [False, True]


def test_visits_count_from_the_day_of_the_alert_and_until_the_day_asked_for(
    engine: Backend,
) -> None:
    told = feeds(
        engine,
        {
            "residents": homes("same_day last_day too_late before known_later out"),
            "visits": """
                household_id | event_date | finding             | known_from
                same_day     | 2024-07-01 | need_aid_started    | 2024-07-02
                last_day     | 2024-09-28 | no_need             | 2024-09-29
                too_late     | 2024-09-29 | need_aid_started    | 2024-09-30
                before       | 2024-06-30 | need_aid_started    | 2024-07-01
                known_later  | 2024-07-02 | need_aid_started    | 2024-12-02
                out          | 2024-07-02 | not_found           | 2024-07-03
                """,
        },
    )

    def found(until: date) -> dict[str, tuple[bool, bool]]:
        rows = visits_after(engine, told, DISTRICT, [DAY], until=until)
        return {
            row.household_id: (row.answered, row.confirmed) for row in rows.itertuples(index=False)
        }

    assert found(date(2024, 12, 1)) == {
        "same_day": (True, True), "last_day": (True, False), "out": (False, False),
    }  # fmt: skip
    assert "last_day" not in found(date(2024, 9, 28))


def test_the_matrix_of_a_night_stands_before_one_of_training(tmp_path: Path) -> None:
    folder = tmp_path / "matrices" / DISTRICT.name
    folder.mkdir(parents=True)
    for name in ("2024-07-01_a_b.parquet", "2024-08-01_a_b.parquet", "../2024-07-01.parquet",
                 "../2024-07-01.scores.parquet"):  # fmt: skip
        (folder / name).write_bytes(b"")

    kept = {day: path.name for day, path in kept_matrices(tmp_path, DISTRICT).items()}

    assert kept == {DAY: "2024-07-01.parquet", date(2024, 8, 1): "2024-08-01_a_b.parquet"}


def test_matrices_of_other_days_and_other_columns_are_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "matrices"
    folder.mkdir()
    matrix(h=500).to_parquet(folder / "2024-06-01.parquet")
    matrix(h=500, g=500).to_parquet(folder / "2024-07-01.parquet")
    matrix(h=500).rename(columns={"owed": "old"}).to_parquet(folder / "2024-08-01.parquet")
    matrix(h=500).to_parquet(folder / "2024-09-01.parquet")
    seen = answers().reset_index().assign(as_of_date=pd.Series(dtype="datetime64[s]"))
    monkeypatch.setattr(observed_yields, "_visits", lambda *_args, **_given: seen)
    book = RuleBook({"debt": (trigger(),)}, ())

    [found] = observe(tmp_path, DISTRICT, book, since=date(2024, 7, 1), until=date(2024, 9, 1))

    assert (found.dates, found.fired) == (1, 2)
    with pytest.raises(NothingObserved, match="keeps no matrix"):
        observe(tmp_path, DISTRICT, book, since=None, until=date(2024, 6, 1))
