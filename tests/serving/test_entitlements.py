"""The answers a night keeps beside its matrix: written alike, proved by a replay, told on a list as a line to look into."""

import json
from datetime import date

import pandas as pd
import pyarrow.parquet as pq
import pytest

from features.connections import open_engine
from serving.explaining.entitlements import beside, counts, lines_of, write_answers
from serving.night.nightly import Done
from serving.night.replay import replay
from serving.night.steps import STEPS
from serving.policy_place import Place
from serving.refusals import Refusal
from serving.store import open_store
from tests.serving.village import NIGHT, Village, published_files, run
from tests.tables import table

PLACE = Place(region="cn.jiangsu.wuxi.binhu")
# 1167 yuan a person and month on 2026-03-09: under it, a little above it, far above it, and not checked.
MATRIX = """
    household_id | area_id | household_size | household_members_hukou_elsewhere | rule_certain_income_month    | rule_checked_income_month | property_check_result | property_days_since_check | rule_holds_tekun | rule_holds_dibao | rule_holds_edge | rule_holds_rigid
    -------------+---------+----------------+-----------------------------------+------------------------------+---------------------------+-----------------------+---------------------------+------------------+------------------+-----------------+-----------------
    poor         | g1      | 1              | 0                                 | 900                          | 900                       | within_limit          | 30                        | false            | false            | false           | false
    poor_helped  | g1      | 1              | 0                                 | 900                          | 900                       | within_limit          | 30                        | false            | true             | false           | false
    poor_untold  | g1      | 1              | 0                                 | 900                          | 900                       | within_limit          | 30                        | ?                | ?                | ?               | ?
    nearly       | g2      | 1              | 0                                 | 1200                         | 1200                      | within_limit          | 30                        | false            | false            | false           | false
    nearly_helped| g2      | 1              | 0                                 | 1200                         | 1200                      | within_limit          | 30                        | false            | true             | false           | false
    well_off     | g2      | 1              | 0                                 | 90000                        | 90000                     | above_limit           | 30                        | false            | false            | false           | false
    unchecked    | g2      | 1              | 0                                 | 500                          | ?                         | ?                     | ?                         | false            | false            | false           | false
    """


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    folder = tmp_path_factory.mktemp("kept")
    matrix = folder / f"{NIGHT}.parquet"
    table(MATRIX).to_parquet(matrix)
    out = beside(matrix)
    in_force = PLACE.in_force(as_of_date=NIGHT)
    with open_engine() as engine:
        write_answers(engine, matrix, in_force, as_of_date=NIGHT, out=out)
        write_answers(engine, matrix, in_force, as_of_date=NIGHT, out=folder / "again.parquet")
    return out


def rows(kept):
    return pd.read_parquet(kept).set_index("household_id")


def test_written_again_it_is_the_same_bytes_sorted_by_household(kept):
    assert kept.name == "2026-03-09.entitlements.parquet"
    assert kept.read_bytes() == (kept.parent / "again.parquet").read_bytes()
    households = pq.read_table(kept)["household_id"].to_pylist()
    assert households == sorted(households)


def test_the_tier_is_the_highest_met_and_open_where_it_cannot_be_told(kept):
    told = rows(kept)
    assert told.loc["poor", "dibao"] == "meets"
    assert told.loc["unchecked", "dibao"] == "cannot_tell"
    assert told.loc["unchecked", "dibao_missing"] != ""
    assert told["tier"].to_dict()["poor"] == "dibao"
    assert pd.isna(told.loc["unchecked", "tier"])
    # Nobody told who could support them: 特困 stays open above 低保.
    assert told.loc["poor", "first_open"] == "tekun"


def test_what_is_held_or_not_known_to_be_held_is_not_unclaimed(kept):
    unclaimed = rows(kept)["unclaimed"]
    assert unclaimed["poor"] == "dibao"
    assert pd.isna(unclaimed["poor_helped"])
    assert pd.isna(unclaimed["poor_untold"])
    assert pd.isna(unclaimed["well_off"])


def test_a_line_is_approached_from_above_by_those_not_helped_yet(kept):
    approached = rows(kept)["approached"]
    assert approached["nearly"] == "dibao"
    assert pd.isna(approached["nearly_helped"])
    assert pd.isna(approached["well_off"])


def test_each_comparison_is_kept_with_its_verdict(kept):
    told = rows(kept)
    assert told["test_income_below_dibao"].to_dict() == {
        "nearly": False,
        "nearly_helped": False,
        "poor": True,
        "poor_helped": True,
        "poor_untold": True,
        "unchecked": None,
        "well_off": False,
    }


def test_counts_and_lines_speak_of_those_asked_for_only(kept):
    assert counts(kept)["approached"] == 1
    said = lines_of(kept, {"poor", "well_off"}, as_of_date=NIGHT)
    assert list(said) == ["poor"]
    assert "最低生活保障" in said["poor"][0]
    assert "目前没有享受" in said["poor"][0]
    assert "接近" in lines_of(kept, {"nearly"}, as_of_date=NIGHT)["nearly"][-1]


def test_the_digest_changes_with_region_and_figures():
    assert PLACE.digest(as_of_date=NIGHT) == PLACE.digest(as_of_date=NIGHT)
    elsewhere = Place(region="cn.default").digest(as_of_date=NIGHT)
    last_year = PLACE.digest(as_of_date=date(2025, 6, 30))
    assert len({PLACE.digest(as_of_date=NIGHT), elsewhere, last_year}) == 3


def test_a_list_tells_the_line_beside_the_reasons_and_chooses_nobody_by_it(home):
    upstream = Village(approached={"zhao_debts": "dibao"}, unclaimed={"wu_quiet": "edge"})
    run(home, upstream=upstream)
    entries = {
        entry["household_id"]: entry
        for path in (home / "lists" / f"{NIGHT}").rglob("*.json")
        if path.parent.name.startswith("g")
        for entry in json.loads(path.read_text())["entries"]
    }
    assert entries["zhao_debts"]["rules"] == ["接近最低生活保障的线，请了解收入和支出的变化"]
    assert "政策线索：接近最低生活保障的线" in (
        home / "lists" / f"{NIGHT}" / "g1" / "grid_worker.html"
    ).read_text(encoding="utf-8")
    plain = Village()
    other = home / "plain"
    run(other, upstream=plain)
    names = {path.relative_to(home) for path in (home / "lists").rglob("*.json")}
    assert names == {path.relative_to(other) for path in (other / "lists").rglob("*.json")}
    without = {
        entry["household_id"]
        for path in (other / "lists" / f"{NIGHT}").rglob("*.json")
        if path.parent.name.startswith("g")
        for entry in json.loads(path.read_text())["entries"]
    }
    assert without == set(entries)


def test_a_replay_proves_the_answers_too(home):
    run(home)
    kept = json.loads(published_files(home)["manifest.json"])["kept"]["entitlements"]
    assert kept is not None
    with_line = Village(approached={"wei_nowhere": "dibao"})

    def again(upstream):
        store = open_store(home)
        try:
            return replay(
                store, upstream, home=home, as_of_date=NIGHT, progress=lambda _: None
            ).differing
        finally:
            store.close()

    assert again(Village()) == ()
    # Nobody on a list is touched: only the manifest can tell.
    assert again(with_line) == ("manifest.json",)


def test_a_published_night_with_other_figures_is_refused(home):
    assert isinstance(run(home), Done)
    with pytest.raises(Refusal, match="rules changed"):
        run(home, upstream=Village(figures="e" * 64))


def test_rules_are_asked_after_the_matrix_and_before_the_lists():
    names = [step.name for step in STEPS]
    assert names.index("features") < names.index("rules") < names.index("lists")


def test_offers_to_persons_are_told_and_certifying_a_payment_is_not(tmp_path):
    matrix = tmp_path / f"{NIGHT}.parquet"
    table("""
        household_id | area_id | sweep_living_dibao | sweep_living_edge | sweep_allowance_due | sweep_allowance_due_seen_365d
        -------------+---------+--------------------+-------------------+---------------------+------------------------------
        disabled     | g1      | 1                  | 0                 | 0                   | 0
        aged         | g1      | 0                  | 0                 | 1                   | 0
        """).to_parquet(matrix)
    in_force = PLACE.in_force(as_of_date=NIGHT)
    with open_engine() as engine:
        write_answers(engine, matrix, in_force, as_of_date=NIGHT, out=beside(matrix))
    told = rows(beside(matrix))
    assert told.loc["aged", "sweep_old_age_certify"] == "meets"
    said = lines_of(beside(matrix), {"disabled", "aged"}, as_of_date=NIGHT)
    assert list(said) == ["disabled"]
    assert "困难残疾人生活补贴" in said["disabled"][0]
