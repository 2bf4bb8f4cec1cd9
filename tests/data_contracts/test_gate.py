"""The gate as a whole: nothing lost, nothing twice, corrections in order, crashes harmless."""

import tempfile
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data_contracts.catalogue import Catalogue
from data_contracts.gate import GateError, pass_gate
from data_contracts.judgement import ConservationError, Judgement, Verdict
from tests.data_contracts.landing import (
    CONTRACTS,
    RECEIVED,
    TONIGHT,
    facts,
    judge,
    land,
    power_bills,
    quarantined,
)

LATER = RECEIVED.replace(hour=4)


def _versions(home: Path, bill_id: str) -> list[tuple[object, ...]]:
    """Return amount and hours of arrival and replacement of each version of a bill."""
    held = facts(home, "utility_bills")
    held = held[held["bill_id"] == bill_id]
    until = [None if pd.isna(hour) else int(hour) for hour in held["known_until"].dt.hour]
    return list(zip(held["amount_due"], held["known_from"].dt.hour, until, strict=True))


def _bill(amount: float) -> pd.DataFrame:
    return power_bills(1).assign(amount_due=amount)


def test_correction_ends_the_version_it_replaces(tmp_path: Path) -> None:
    land(tmp_path, "utility_bills", _bill(60), name="first.csv")
    land(tmp_path, "utility_bills", _bill(70), name="second.csv", received_at=LATER)

    judge(tmp_path)

    assert _versions(tmp_path, "b0") == [(60, 2, 4), (70, 4, None)]


def test_correction_that_arrives_before_what_it_corrects_takes_its_place_in_time(
    tmp_path: Path,
) -> None:
    land(tmp_path, "utility_bills", _bill(60), name="first.csv")
    land(
        tmp_path, "utility_bills", _bill(80), name="third.csv", received_at=RECEIVED.replace(hour=6)
    )
    judge(tmp_path)
    land(tmp_path, "utility_bills", _bill(70), name="second.csv", received_at=LATER)
    judge(tmp_path)

    assert _versions(tmp_path, "b0") == [(60, 2, 4), (70, 4, 6), (80, 6, None)]


@pytest.mark.parametrize("judged_first", ["a.csv", "b.csv"])
def test_of_two_deliveries_at_the_same_time_the_last_by_name_stands_whichever_is_judged_first(
    tmp_path: Path, judged_first: str
) -> None:
    bills = {"a.csv": _bill(60), "b.csv": _bill(70)}
    land(tmp_path, "utility_bills", bills.pop(judged_first), name=judged_first)
    judge(tmp_path)
    [(name, bill)] = bills.items()
    land(tmp_path, "utility_bills", bill, name=name)
    judge(tmp_path)

    assert _versions(tmp_path, "b0") == [(70, 2, None)]


def test_correction_back_to_an_older_value_is_a_version_of_its_own(tmp_path: Path) -> None:
    for hour, amount in ((2, 60), (4, 70), (6, 60)):
        received_at = RECEIVED.replace(hour=hour)
        bill = _bill(amount).assign(subsidy_amount=[0.0])
        land(
            tmp_path,
            "utility_bills",
            bill,
            name=f"{hour}.{'csv' if hour < 6 else 'jsonl'}",
            received_at=received_at,
        )

    judge(tmp_path)

    assert _versions(tmp_path, "b0") == [(60, 2, 4), (70, 4, 6), (60, 6, None)]


def test_rows_the_lake_holds_unchanged_are_exact_duplicates(tmp_path: Path) -> None:
    later = power_bills(40)
    later.loc[7, "paid_on"] = pd.NaT
    land(tmp_path, "utility_bills", power_bills(30), name="first.csv")
    land(tmp_path, "utility_bills", later, name="second.parquet", received_at=LATER)

    _, second = judge(tmp_path)

    assert (second.accepted, second.exact_duplicates, second.quarantined) == (11, 29, 0)


def test_file_of_nothing_but_known_rows_is_a_duplicate(tmp_path: Path) -> None:
    land(tmp_path, "utility_bills", power_bills(30), name="first.csv")
    land(tmp_path, "utility_bills", power_bills(30)[::-1], name="second.csv", received_at=LATER)

    _, second = judge(tmp_path)

    assert (second.verdict, second.exact_duplicates) == (Verdict.DUPLICATE, 30)


def test_fact_told_twice_in_one_file_stands_as_told_last(tmp_path: Path) -> None:
    twice = pd.concat([_bill(60), _bill(70), _bill(60), power_bills(30)[1:]])
    land(tmp_path, "utility_bills", twice)

    [judgement] = judge(tmp_path)

    assert (judgement.accepted, judgement.exact_duplicates, judgement.quarantined) == (30, 1, 1)
    assert _versions(tmp_path, "b0") == [(60, 2, None)]
    assert quarantined(tmp_path, judgement)["source_row"].tolist() == [2]
    assert "check fact_is_told_once, column bill_id, row 2" in str(judgement)


@pytest.mark.parametrize(
    ("rows", "bad", "verdict"),
    [
        (40, 5, Verdict.ACCEPTED_WITH_QUARANTINE),
        (40, 6, Verdict.REFUSED),
        (300, 6, Verdict.ACCEPTED_WITH_QUARANTINE),
        (299, 6, Verdict.REFUSED),
        (3, 3, Verdict.REFUSED),
    ],
)
def test_more_than_a_handful_and_two_percent_of_bad_rows_refuse_the_file(
    tmp_path: Path, rows: int, bad: int, verdict: Verdict
) -> None:
    bills = power_bills(rows)
    bills.loc[: bad - 1, "service"] = "steam"
    land(tmp_path, "utility_bills", bills)

    [judgement] = judge(tmp_path)

    assert judgement.verdict is verdict
    if verdict is Verdict.REFUSED and rows > bad:
        assert f"{bad} of {rows} rows ({bad / rows:.1%}) are bad, more than 2.0%" in str(judgement)


def test_refused_file_is_judged_once_and_its_correction_anew(tmp_path: Path) -> None:
    wrong = power_bills(60).assign(usage=120_000.0)
    land(tmp_path, "utility_bills", wrong)

    assert [judgement.verdict for judgement in judge(tmp_path)] == [Verdict.REFUSED]
    assert judge(tmp_path) == []

    land(tmp_path, "utility_bills", power_bills(60))
    assert [judgement.verdict for judgement in judge(tmp_path)] == [Verdict.ACCEPTED]
    stored = Catalogue(tmp_path).judgements(feed="utility_bills")
    assert [judgement.verdict for judgement in stored] == [Verdict.REFUSED, Verdict.ACCEPTED]


def test_corrected_rows_are_taken_from_a_file_that_repeats_the_good_ones(tmp_path: Path) -> None:
    wrong = power_bills(60)
    wrong.loc[3, "usage"] = -1
    land(tmp_path, "utility_bills", wrong, name="first.csv")
    land(tmp_path, "utility_bills", power_bills(60), name="second.csv", received_at=LATER)

    _, second = judge(tmp_path)

    assert (second.accepted, second.exact_duplicates) == (1, 59)
    assert len(facts(tmp_path, "utility_bills")) == 60


def test_what_is_received_at_the_given_time_belongs_to_the_next_night(tmp_path: Path) -> None:
    land(tmp_path, "utility_bills", power_bills(30), received_at=TONIGHT)

    assert judge(tmp_path, before=TONIGHT) == []
    assert len(judge(tmp_path, before=TONIGHT.replace(microsecond=1))) == 1


def test_crash_between_file_and_catalogue_shows_nothing_and_heals(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    land(tmp_path, "utility_bills", power_bills(30))

    def crash(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Catalogue, "record", crash)
        with pytest.raises(KeyboardInterrupt):
            judge(tmp_path)

    [orphan] = (tmp_path / "lake").rglob("*.parquet")
    assert facts(tmp_path, "utility_bills").empty
    orphan.write_bytes(b"half a file")

    [judgement] = judge(tmp_path)

    assert judgement.verdict is Verdict.ACCEPTED
    assert len(facts(tmp_path, "utility_bills")) == 30
    assert list((tmp_path / "lake").rglob("*.parquet")) == [orphan]


def test_crash_while_a_file_is_written_leaves_no_part_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    land(tmp_path, "utility_bills", power_bills(30))

    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", crash)
        with pytest.raises(KeyboardInterrupt):
            judge(tmp_path)

    assert list((tmp_path / "lake").rglob("*.parquet")) == []
    assert [judgement.verdict for judgement in judge(tmp_path)] == [Verdict.ACCEPTED]


def test_two_passes_at_once_are_refused(tmp_path: Path) -> None:
    land(tmp_path, "utility_bills", power_bills(30))

    def intrude(_: str) -> None:
        judge(tmp_path)

    with pytest.raises(GateError, match="another pass of the gate is running"):
        pass_gate(tmp_path, CONTRACTS, before=TONIGHT, progress=intrude, keyring=None)


def test_home_without_landing_folder_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(GateError, match="create it, or point ZHAOREN_HOME"):
        judge(tmp_path)


def test_counts_that_do_not_add_up_are_an_error_of_ours() -> None:
    with pytest.raises(ConservationError, match="3 rows in, but 1 accepted"):
        Judgement(
            "d1",
            "utility_bills",
            "bills.csv",
            RECEIVED,
            Verdict.ACCEPTED,
            (),
            rows_in=3,
            accepted=1,
        )


def _blank(rows: pd.DataFrame, at: int, column: str) -> pd.DataFrame:
    rows.loc[at, column] = None
    return rows


def _garble(rows: pd.DataFrame, at: int, column: str) -> pd.DataFrame:
    rows.loc[at, column] = "??"
    return rows


def _negate(rows: pd.DataFrame, at: int, _: str) -> pd.DataFrame:
    rows.loc[at, "amount_due"] = "-5"
    return rows


def _repeat(rows: pd.DataFrame, at: int, _: str) -> pd.DataFrame:
    return pd.concat([rows, rows.loc[[at]]], ignore_index=True)


def _contradict(rows: pd.DataFrame, at: int, _: str) -> pd.DataFrame:
    return pd.concat([rows, rows.loc[[at]].assign(subsidy_amount="1")], ignore_index=True)


def _postpone(rows: pd.DataFrame, at: int, _: str) -> pd.DataFrame:
    rows.loc[at, "event_date"] = "2024-08-06"
    return rows


Mutation = tuple[Callable[[pd.DataFrame, int, str], pd.DataFrame], int, str]
MUTATIONS: st.SearchStrategy[list[Mutation]] = st.lists(
    st.tuples(
        st.sampled_from([_blank, _garble, _negate, _repeat, _contradict, _postpone]),
        st.integers(0, 29),
        st.sampled_from(list(CONTRACTS["utility_bills"].column_names)),
    ),
    max_size=9,
)


def _is_bad(row: dict[str, str | None]) -> bool:
    """Return whether a bill breaks its contract, said once more and as simply as possible."""
    if any(value is None for name, value in row.items() if name != "paid_on"):
        return True
    typed = [value for name, value in row.items() if name not in ("bill_id", "account_id")]
    return "??" in typed or row["amount_due"] == "-5" or row["event_date"] == "2024-08-06"


def _expected(
    file: pd.DataFrame, held: dict[str | None, dict[str, str | None]]
) -> tuple[int, int, int, int]:
    """Return accepted, quarantined, exact duplicates and refused; bring ``held`` up to date."""
    rows = [
        {str(name): None if pd.isna(cell) else str(cell) for name, cell in row.items()}
        for row in file.to_dict("records")
    ]
    good = [row for row in rows if not _is_bad(row)]
    last = {row["bill_id"]: row for row in good}
    quarantined = len(rows) - len([row for row in good if row == last[row["bill_id"]]])
    if quarantined == len(rows) or (quarantined > 5 and quarantined > 0.02 * len(rows)):
        return 0, 0, 0, len(rows)
    accepted = [row for row in last.values() if row != held.get(row["bill_id"])]
    held.update((row["bill_id"], row) for row in accepted)
    return len(accepted), quarantined, len(rows) - len(accepted) - quarantined, 0


@settings(max_examples=15, deadline=None)
@given(first=MUTATIONS, second=MUTATIONS)
def test_every_row_ends_in_the_lake_in_quarantine_or_was_there_before(
    first: list[Mutation], second: list[Mutation]
) -> None:
    expected: list[tuple[int, int, int, int]] = []
    held: dict[str | None, dict[str, str | None]] = {}
    loaded: list[pd.DataFrame] = []
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        for name, mutations in (("a.csv", first), ("b.csv", second)):
            rows = power_bills(30).astype(str)
            for mutate, at, column in mutations:
                rows = mutate(rows, at, column)
            received_at = RECEIVED if name == "a.csv" else LATER
            land(home, "utility_bills", rows, name=name, received_at=received_at)
            loaded_before = any(rows.equals(file) for file in loaded)
            expected.append((0, 0, len(rows), 0) if loaded_before else _expected(rows, held))
            if expected[-1][3] == 0:
                loaded.append(rows)

        judgements = judge(home)

        counted = [
            (one.accepted, one.quarantined, one.exact_duplicates, one.refused) for one in judgements
        ]
        assert counted == expected
        lake = facts(home, "utility_bills")
        assert len(lake) == sum(accepted for accepted, *_ in expected)
        assert sorted(lake[lake["known_until"].isna()]["bill_id"]) == sorted(map(str, held))
        refused = [quarantined(home, one) for one in judgements if one.quarantined]
        assert [len(rows) for rows in refused] == [count for _, count, *_ in expected if count]
