"""Write the pages: contracts, one page per judged delivery, their index, and the scorecard.

Everything is taken from what the gate stored; nothing is judged again. A delivery's page is written once, so a
night with three new files writes three pages and the index.
"""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from data_contracts.catalogue import Catalogue
from data_contracts.contract import Contract
from data_contracts.examination import Examination
from data_contracts.expected import expected
from data_contracts.files import write_atomically
from data_contracts.judgement import LOADED, Judgement
from data_contracts.scorecard import CORRECTED_WITHIN_DAYS, DepartmentScore
from data_contracts.set_rules import RECENT
from serving.datadocs.pages import render
from serving.datadocs.pictures import pictures

FOLDER = "data_docs"
"""Folder of the pages in a home."""
CONTRACTS, DELIVERIES, SCORECARD = "contracts", "deliveries", "scorecard.html"


def write_contracts(contracts: Mapping[str, Contract], out: Path) -> int:
    """Write an index and a page per contract into ``out``; return how many pages there are."""
    departments: dict[str, list[Contract]] = {}
    for _, contract in sorted(contracts.items(), key=lambda item: (item[1].department, item[0])):
        departments.setdefault(contract.department, []).append(contract)
    told = [(check, expected(check.rule)) for one in contracts.values() for check in one.checks]
    index = {"contracts": contracts, "departments": departments, "checks": len(told)}
    write_atomically(out / "index.html", render("contracts.html", index, root=""))
    for feed, contract in contracts.items():
        checks = [(check, expected(check.rule)) for check in contract.checks]
        sections = [
            (
                "逐行检查",
                "Checks of rows and of the file",
                [one for one in checks if not one[0].is_of_the_set],
            ),
            (
                "整批检查",
                "Checks against earlier deliveries and other feeds",
                [one for one in checks if one[0].is_of_the_set],
            ),
        ]
        page = render("contract.html", {"contract": contract, "sections": sections}, root="")
        write_atomically(out / f"{feed}.html", page)
    return len(contracts) + 1


def write_deliveries(home: Path, contracts: Mapping[str, Contract], out: Path) -> int:
    """Write the pages of deliveries that have none yet, and the index; return how many were new.

    Deliveries of feeds without a contract any more are only listed.
    """
    catalogue = Catalogue(home)
    judged = catalogue.judgements()
    written = 0
    for feed, contract in contracts.items():
        of_feed = sorted(
            (one for one in judged if one.feed == feed),
            key=lambda one: (one.arrived, one.name),
        )
        missing = [one for one in of_feed if not _page(out, one).exists()]
        if not missing:
            continue
        found = catalogue.examinations(feed=feed)
        for judgement in missing:
            past = [
                one.delivery_id
                for one in of_feed
                if one.verdict in LOADED
                and one.delivery_id in found
                and one.arrived < judgement.arrived
            ][-RECENT:]
            page = _delivery(contract, judgement, found, past)
            write_atomically(_page(out, judgement), page)
            written += 1
    departments: dict[str, list[Judgement]] = {}
    for one in sorted(judged, key=lambda one: one.arrived, reverse=True):
        name = contracts[one.feed].department if one.feed in contracts else one.feed
        departments.setdefault(name, []).append(one)
    index = {
        "departments": dict(sorted(departments.items())),
        "known": set(contracts),
        "has_scorecard": (out / SCORECARD).exists(),
    }
    write_atomically(out / DELIVERIES / "index.html", render("deliveries.html", index, root="../"))
    return written


def write_scorecard(scores: list[DepartmentScore], out: Path, *, before: datetime) -> None:
    """Write the scorecard as of a time."""
    context = {"scores": scores, "before": before, "days": CORRECTED_WITHIN_DAYS}
    write_atomically(out / SCORECARD, render("scorecard.html", context, root=""))


def _page(out: Path, judgement: Judgement) -> Path:
    return out / DELIVERIES / judgement.feed / f"{judgement.delivery_id}.html"


def _delivery(
    contract: Contract,
    judgement: Judgement,
    found: Mapping[str, Examination],
    past: list[str],
) -> bytes:
    examination = found.get(judgement.delivery_id)
    checks = {check.check_id: check for check in contract.checks}
    results = [] if examination is None else list(examination.results)
    context = {
        "contract": contract,
        "judgement": judgement,
        "examination": examination,
        "of_the_set": [
            (checks[one.check_id], expected(checks[one.check_id].rule), one)
            for one in results
            if one.check_id in checks and checks[one.check_id].is_of_the_set
        ],
        "of_rows": [
            (
                checks.get(one.check_id),
                expected(checks[one.check_id].rule) if one.check_id in checks else "",
                one,
            )
            for one in results
            if one.check_id not in checks or not checks[one.check_id].is_of_the_set
        ],
        "pictures": []
        if examination is None
        else pictures(contract, examination.profile, [found[one].profile for one in past]),
        "compared": len(past),
    }
    return render("delivery.html", context, root="../../")
