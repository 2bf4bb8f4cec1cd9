"""A person's copy: everything kept about their household, nothing about any other, and audited."""

import json
import re
import stat
from datetime import timedelta

import pytest
from sqlalchemy import select

from models.rules.sweep_facts import AGES
from serving.delivery.case_file import NothingKept, as_json, as_page, collect
from serving.delivery.files.filled import rows_in
from serving.delivery.files.intake import read_in
from serving.store.schema import ALERTS, AUDIT_ENTRIES, METADATA
from tests.serving.stores import open_store
from tests.serving.test_explain import MATRIX
from tests.serving.test_serving_cli import call
from tests.serving.village import NIGHT, TWO_O_CLOCK, Village, policy, run
from tests.tables import table


@pytest.fixture
def store(home):
    run(home)
    opened = open_store(home)
    yield opened
    opened.close()


def alert_of(store, household_id):
    with store.read() as read:
        return read.scalar(select(ALERTS.c.alert_id).where(ALERTS.c.household_id == household_id))


def copy_of(store, household_id):
    with store.write() as work:
        _, content = collect(
            work, case_or_alert_id=alert_of(store, household_id), by="clerk", now=TWO_O_CLOCK
        )
    return content


def visited(home, store):
    """Somebody filled in the sheet of g1."""
    sheet = (home / "lists" / NIGHT.isoformat() / "g1" / "grid_worker.csv").read_bytes()
    lines = sheet.decode("utf-8-sig").split("\r\n")
    lines[1] = re.sub(",,,,,", ",2026-03-09,已帮扶,资金,取暖费,", lines[1])
    with store.write() as work:
        [answer, *_] = read_in(
            work,
            rows_in("\r\n".join(lines).encode()),
            worker_id="w1",
            policy=policy(),
            now=TWO_O_CLOCK,
            today=NIGHT,
        )
    assert answer.answer == "accepted"
    return lines[1].split(",")[4]


def test_the_copy_holds_the_alert_the_case_its_events_and_what_was_found(home, store):
    household_id = visited(home, store)

    kept = copy_of(store, household_id)["kept"]

    assert {"alerts", "decisions", "cases", "case_events", "outcomes", "audit_entries"} <= set(kept)
    assert kept["outcomes"][0]["note"] == "取暖费"
    assert kept["alerts"][0]["entry"]["household_id"] == household_id


def test_every_table_that_knows_households_is_in_the_copy_or_has_nothing_of_this_one(store):
    kept = copy_of(store, "wang_cut_off")["kept"]

    with store.read() as read:
        for table in METADATA.sorted_tables:
            if "household_id" in table.c:
                rows = read.execute(
                    select(table).where(table.c.household_id == "wang_cut_off")
                ).all()
                assert len(kept.get(table.name, [])) == len(rows)


def test_no_other_household_is_in_the_copy(home, store):
    household_id = visited(home, store)

    everything = as_json(copy_of(store, household_id)).decode()

    others = {"wang_cut_off", "li_disabled", "zhao_debts", "qian_debts"} - {household_id}
    assert household_id in everything
    assert not [other for other in others if other in everything]


def test_the_page_escapes_what_people_wrote(home, store):
    content = copy_of(store, "wang_cut_off")
    content["kept"]["outcomes"] = [{"note": "<script>alert(1)</script>", "body": {"a": "<b>"}}]

    page = as_page(content).decode()

    assert "<script>" not in page
    assert "<b>" not in page.split("<body>")[1]


def test_making_the_copy_is_in_the_audit(store):
    copy_of(store, "wang_cut_off")

    with store.read() as read:
        [entry] = read.execute(select(AUDIT_ENTRIES)).all()
    assert (entry.actor, entry.action, entry.household_id) == ("clerk", "exported", "wang_cut_off")


def test_an_unknown_id_is_refused_and_not_audited(store):
    with pytest.raises(NothingKept), store.write() as work:
        collect(work, case_or_alert_id="nobody", by="clerk", now=TWO_O_CLOCK)

    with store.read() as read:
        assert read.execute(select(AUDIT_ENTRIES)).all() == []


def test_what_each_kept_night_knew_is_in_the_copy_and_of_this_household_alone(
    home, store, tmp_path
):
    village = Village(unclaimed={"zhao_debts": "dibao", "li_disabled": "tekun"})
    run(home, store=store, as_of_date=NIGHT + timedelta(days=1), upstream=village)
    (home / "matrices" / "2026-03-10.parquet").unlink()
    table(MATRIX).assign(**{f"sweep_aged_{age}_unpaid": 0 for age in AGES}).to_parquet(
        home / "matrices" / "2026-03-10.parquet"
    )
    out = tmp_path / "copy.json"
    copied = ("export-case", alert_of(store, "zhao_debts"), "--by", "clerk", "--out")
    assert call(*copied, str(out), home=home) == 0
    assert call(*copied, str(out.with_suffix(".html")), home=home) == 0

    first, second = json.loads(out.read_bytes())["nights"]
    assert (first["as_of_date"], second["as_of_date"]) == ("2026-03-09", "2026-03-10")
    assert (first["answers"]["unclaimed"], second["answers"]["unclaimed"]) == (None, "dibao")
    assert "rules" not in first
    assert "dibao" in {rule["rule_id"] for rule in second["rules"]["rules"]}
    assert "tekun" not in second["answers"].values()
    assert "2026-03-10 夜间推算" in out.with_suffix(".html").read_text()


@pytest.mark.parametrize("suffix", [".json", ".html"])
def test_the_command_writes_a_file_for_its_owner_only(home, store, tmp_path, suffix):
    out = tmp_path / f"copy{suffix}"

    code = call(
        "export-case",
        alert_of(store, "wang_cut_off"),
        "--out",
        str(out),
        "--by",
        "clerk",
        home=home,
    )

    assert code == 0
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    if suffix == ".json":
        assert json.loads(out.read_bytes())["household_id"] == "wang_cut_off"
