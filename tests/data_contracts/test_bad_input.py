"""What departments really send: each fault is named by feed, row or column, and says what to do."""

from pathlib import Path

import pandas as pd
import pytest

from data_contracts.freshness import Freshness, freshness
from data_contracts.judgement import Judgement, Verdict
from tests.data_contracts.landing import (
    CONTRACTS,
    RECEIVED,
    TONIGHT,
    facts,
    grids,
    judge,
    land,
    power_bills,
    quarantined,
)
from tests.tables import table


def _only(judgements: list[Judgement]) -> Judgement:
    [judgement] = judgements
    return judgement


def _require_refused_whole(home: Path, judgement: Judgement, path: Path) -> None:
    assert judgement.verdict is Verdict.REFUSED
    assert (judgement.accepted, judgement.refused) == (0, judgement.rows_in)
    assert facts(home, judgement.feed).empty
    assert path.exists()
    assert "send" in str(judgement)


def _addresses(*grid_of_each: str) -> pd.DataFrame:
    rows = "\n".join(
        f"a{place} | {grid} | c1 | 2020-01-01 | 1990" for place, grid in enumerate(grid_of_each)
    )
    return table(f"""
        address_id | grid_id | compound_id | event_date | built_year
        -----------+---------+-------------+------------+-----------
        {rows}
        """)


def test_missing_feed_is_named_with_its_department(tmp_path: Path) -> None:
    land(tmp_path, "grid_tree", grids("g1"))
    judge(tmp_path)

    of_feed = {one.feed: one for one in freshness(tmp_path, CONTRACTS, before=TONIGHT)}

    assert of_feed["grid_tree"].status is Freshness.FRESH
    assert of_feed["benefits"].status is Freshness.NEVER
    assert "feed benefits: never delivered; ask 民政" in str(of_feed["benefits"])


def test_empty_file_is_refused(tmp_path: Path) -> None:
    path = land(tmp_path, "utility_bills", b"")

    judgement = _only(judge(tmp_path))

    _require_refused_whole(tmp_path, judgement, path)
    assert "feed utility_bills, file export.csv: refused" in str(judgement)
    assert "the file is empty (0 bytes)" in str(judgement)


def test_file_with_a_header_and_no_rows_is_refused(tmp_path: Path) -> None:
    path = land(tmp_path, "utility_bills", power_bills(0))

    judgement = _only(judge(tmp_path))

    _require_refused_whole(tmp_path, judgement, path)
    assert "a header but no rows" in str(judgement)


def test_parquet_cut_short_on_the_way_is_refused(tmp_path: Path) -> None:
    path = land(tmp_path, "utility_bills", power_bills(60), name="bills.parquet")
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])

    judgement = _only(judge(tmp_path))

    _require_refused_whole(tmp_path, judgement, path)
    assert "feed utility_bills, file bills.parquet" in str(judgement)
    assert "cut short" in str(judgement)

    path.write_bytes(whole)
    assert _only(judge(tmp_path)).verdict is Verdict.ACCEPTED


def test_parquet_cut_short_before_its_manifest_was_written_is_refused(tmp_path: Path) -> None:
    whole = land(tmp_path, "utility_bills", power_bills(60), name="bills.parquet").read_bytes()
    path = land(tmp_path, "utility_bills", whole[:-200], name="bills.parquet", told_rows=60)

    judgement = _only(judge(tmp_path))

    _require_refused_whole(tmp_path, judgement, path)
    assert "not readable as Parquet" in str(judgement)


def test_csv_that_lost_its_last_rows_is_refused(tmp_path: Path) -> None:
    path = land(tmp_path, "utility_bills", power_bills(60), told_rows=70)

    judgement = _only(judge(tmp_path))

    _require_refused_whole(tmp_path, judgement, path)
    assert "the file has 60 rows, its manifest promises 70" in str(judgement)


@pytest.mark.parametrize("told_encoding", [None, "gbk", "gb18030"])
def test_csv_in_gbk_is_read(tmp_path: Path, told_encoding: str | None) -> None:
    land(tmp_path, "grid_tree", grids("g1"), encoding="gbk", told_encoding=told_encoding)

    assert _only(judge(tmp_path)).verdict is Verdict.ACCEPTED
    assert facts(tmp_path, "grid_tree")["grid_name"].tolist() == ["第g1网格"]


@pytest.mark.parametrize("told_encoding", [None, "utf-8", "utf-8-sig"])
def test_csv_with_a_byte_order_mark_is_read(tmp_path: Path, told_encoding: str | None) -> None:
    land(tmp_path, "grid_tree", grids("g1"), encoding="utf-8-sig", told_encoding=told_encoding)

    assert _only(judge(tmp_path)).verdict is Verdict.ACCEPTED
    assert facts(tmp_path, "grid_tree")["grid_version_id"].tolist() == ["v_g1"]


def test_csv_in_another_encoding_than_promised_is_refused_with_its_line(tmp_path: Path) -> None:
    path = land(tmp_path, "grid_tree", grids("g1"), encoding="gbk", told_encoding="utf-8")

    judgement = _only(judge(tmp_path))

    _require_refused_whole(tmp_path, judgement, path)
    assert "line 2 is not utf-8: correct the encoding in the manifest" in str(judgement)


def test_renamed_column_is_refused_with_the_likely_name(tmp_path: Path) -> None:
    renamed = power_bills(60).rename(columns={"amount_due": "amount_duee"})
    path = land(tmp_path, "utility_bills", renamed)

    judgement = _only(judge(tmp_path))

    _require_refused_whole(tmp_path, judgement, path)
    assert "column amount_due is missing; did you mean 'amount_duee'?" in str(judgement)


def test_renamed_nullable_column_is_refused_too(tmp_path: Path) -> None:
    renamed = power_bills(60).rename(columns={"paid_on": "paid_date"})
    path = land(tmp_path, "utility_bills", renamed, name="bills.jsonl")

    judgement = _only(judge(tmp_path))

    _require_refused_whole(tmp_path, judgement, path)
    assert "column paid_on is missing" in str(judgement)


def test_additional_column_is_dropped_and_said_so(tmp_path: Path) -> None:
    land(tmp_path, "utility_bills", power_bills(60).assign(holder_name="n"))

    judgement = _only(judge(tmp_path))

    assert judgement.verdict is Verdict.ACCEPTED
    assert judgement.reasons == (
        "unexpected column holder_name was dropped: it is not in the contract",
    )
    assert "holder_name" not in facts(tmp_path, "utility_bills")


@pytest.mark.parametrize("factor", [1000, 1 / 1000])
def test_unit_changed_a_thousandfold_is_refused(tmp_path: Path, factor: float) -> None:
    bills = power_bills(60)
    path = land(tmp_path, "utility_bills", bills.assign(usage=bills["usage"] * factor))

    judgement = _only(judge(tmp_path))

    _require_refused_whole(tmp_path, judgement, path)
    assert "check usage_power_has_its_unit, column usage" in str(judgement)
    assert "expected 20 to 2000; was the unit changed" in str(judgement)


def test_duplicate_file_is_recognised_under_another_name(tmp_path: Path) -> None:
    land(tmp_path, "utility_bills", power_bills(60), name="july.csv")
    land(tmp_path, "utility_bills", power_bills(60), name="july_again.csv")

    first, second = judge(tmp_path)

    assert first.verdict is Verdict.ACCEPTED
    assert (second.verdict, second.exact_duplicates) == (Verdict.DUPLICATE, 60)
    assert "the same content was already loaded as july.csv" in str(second)
    assert len(facts(tmp_path, "utility_bills")) == 60


def test_future_date_is_quarantined_with_its_row(tmp_path: Path) -> None:
    addresses = _addresses("g1", "g1", "g1")
    addresses["event_date"] = [
        RECEIVED.date(),
        RECEIVED.date() + pd.Timedelta(days=1),
        RECEIVED.date(),
    ]
    addresses["event_date"] = pd.to_datetime(addresses["event_date"])
    land(tmp_path, "grid_tree", grids("g1"))
    land(tmp_path, "addresses", addresses)

    _, judgement = judge(tmp_path)

    assert (judgement.verdict, judgement.accepted, judgement.quarantined) == (
        Verdict.ACCEPTED_WITH_QUARANTINE,
        2,
        1,
    )
    assert (
        "check event_date_is_not_in_the_future, column event_date, row 2: lies after 2024-08-05"
        in str(judgement)
    )
    assert "have 民政 correct them and release them with `zhaoren quarantine`" in str(judgement)
    [refused] = quarantined(tmp_path, judgement).to_dict("records")
    assert (
        refused["source_row"],
        refused["check_id"],
        refused["address_id"],
        refused["event_date"],
    ) == (
        2,
        "event_date_is_not_in_the_future",
        "a1",
        "2024-08-06",
    )


def test_unknown_grid_is_quarantined_and_a_grid_of_the_same_night_is_known(tmp_path: Path) -> None:
    land(tmp_path, "addresses", _addresses("g1", "g9", "g2"), received_at=RECEIVED)
    land(tmp_path, "grid_tree", grids("g1", "g2"), received_at=RECEIVED.replace(hour=5))

    tree, judgement = judge(tmp_path)

    assert tree.feed == "grid_tree"
    assert (
        "check grid_id_is_known, column grid_id, row 2: is no grid_id that feed grid_tree"
        in str(judgement)
    )
    assert "have grid_tree delivered first" in str(judgement)
    assert facts(tmp_path, "addresses")["grid_id"].tolist() == ["g1", "g2"]


def test_feed_that_refers_to_a_missing_feed_waits_for_it(tmp_path: Path) -> None:
    land(tmp_path, "addresses", _addresses("g1"))

    waiting = _only(judge(tmp_path))

    assert waiting.verdict is Verdict.WAITING
    assert "feed addresses, file export.csv: waiting: waits for feed grid_tree" in str(waiting)

    land(tmp_path, "grid_tree", grids("g1"))
    assert [judgement.verdict for judgement in judge(tmp_path)] == [Verdict.ACCEPTED] * 2


def test_file_still_being_written_is_left_alone_and_said_so(tmp_path: Path) -> None:
    path = land(tmp_path, "utility_bills", power_bills(60))
    manifest = path.with_name(path.name + ".manifest.json")
    told = manifest.read_text(encoding="utf-8")
    manifest.unlink()

    judgement = _only(judge(tmp_path))

    assert judgement.verdict is Verdict.WAITING
    assert "feed utility_bills, file export.csv: waiting: no manifest yet" in str(judgement)

    manifest.write_text(told, encoding="utf-8")
    assert _only(judge(tmp_path)).verdict is Verdict.ACCEPTED


def test_no_message_quotes_a_cell(tmp_path: Path) -> None:
    bills = power_bills(60).astype({"usage": "object", "bill_id": "object"})
    bills.loc[3, "usage"] = "secret-usage"
    bills.loc[4, "paid_on"] = pd.Timestamp("2199-01-01")
    bills.loc[5, "bill_id"] = None
    land(tmp_path, "utility_bills", bills)

    told = str(_only(judge(tmp_path)))

    assert "rows 4: expected" not in told
    assert "row 4: expected a number" in told
    assert "row 6: empty" in told
    assert "secret-usage" not in told
