"""Pages about contracts and deliveries: whole, offline, and without a value of any person."""

import re
from datetime import datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest

from data_contracts.contract_diff import compare
from data_contracts.scorecard import scorecard
from data_contracts.sketches import NumberSketch
from serving.datadocs.pictures import pictures
from serving.datadocs.site import write_contracts, write_deliveries, write_scorecard
from tests.data_contracts.landing import CONTRACTS, judge, land, power_bills

FIRST = datetime.fromisoformat("2024-08-05 02:10")


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value or "" for name, value in attrs if name in ("href", "src")]


def _links(page: Path) -> list[str]:
    parser = _Links()
    parser.feed(page.read_text(encoding="utf-8"))
    return parser.found


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Return a home with six months of bills, the last tenfold, and a file that cannot be read."""
    for month in range(6):
        bills = power_bills(300 if month == 5 else 30)
        bills["bill_id"] = [f"secret{month}-{number}" for number in range(len(bills))]
        bills.loc[2, "usage"] = -7
        received_at = FIRST + timedelta(days=30 * month)
        land(tmp_path, "utility_bills", bills, name=f"m{month}.csv", received_at=received_at)
    land(tmp_path, "benefits", b"\x00\x01", name="broken.csv", received_at=FIRST)
    judge(tmp_path, before=FIRST + timedelta(days=400))
    return tmp_path


def test_every_link_leads_to_a_page_and_nothing_is_loaded_from_anywhere(home: Path) -> None:
    out = home / "data_docs"
    write_contracts(CONTRACTS, out / "contracts")
    write_deliveries(home, CONTRACTS, out)
    before = FIRST + timedelta(days=400)
    write_scorecard(scorecard(home, CONTRACTS, before=before), out, before=before)

    pages = list(out.rglob("*.html"))
    assert len(pages) == len(CONTRACTS) + 1 + 7 + 1 + 1
    for page in pages:
        for link in _links(page):
            target, _, place = link.partition("#")
            file = page.parent / target if target else page
            assert file.exists(), f"{page.name} -> {link}"
            assert not place or f'id="{place}"' in file.read_text(encoding="utf-8")
        text = page.read_text(encoding="utf-8")
        assert not re.search(r"https?://|<script|@import|url\(", text)
        assert "secret" not in text


def test_a_delivery_page_says_what_became_of_the_rows_and_why(home: Path) -> None:
    out = home / "data_docs"
    write_deliveries(home, CONTRACTS, out)

    texts = [page.read_text(encoding="utf-8") for page in (out / "deliveries").rglob("*.html")]
    [first] = [text for text in texts if "<h1>m0.csv" in text]
    told = re.sub(r"<[^>]+>|\s+", " ", first)
    assert re.search(r"30 +行 rows in += +29 .*accepted +\+ +1 .*quarantined", told)
    assert "usage_is_plausible" in told
    assert "3.33%" in told
    assert "0 earlier deliveries to compare with" in told
    [broken] = [text for text in texts if "<h1>broken.csv" in text]
    assert "The file could not be read" in broken


def test_pages_already_written_are_kept(home: Path) -> None:
    out = home / "data_docs"

    assert write_deliveries(home, CONTRACTS, out) == 7
    assert write_deliveries(home, CONTRACTS, out) == 0


def test_a_handful_of_rows_is_not_drawn_and_no_end_of_a_picture_is_one_number(
    tmp_path: Path,
) -> None:
    from data_contracts.catalogue import Catalogue

    many = power_bills(400)
    many.loc[7, "amount_due"] = 99_000
    few = power_bills(9).assign(bill_id=[f"c{number}" for number in range(9)])
    land(tmp_path, "utility_bills", many, name="many.csv")
    land(tmp_path, "utility_bills", few, name="few.csv")
    judge(tmp_path)
    profiles = [one.profile for one in Catalogue(tmp_path).examinations().values()]
    contract = CONTRACTS["utility_bills"]

    assert sorted(len(pictures(contract, one, [])) for one in profiles) == [0, 4]
    [profile] = [one for one in profiles if one.rows == 400]
    [amount] = [one for one in pictures(contract, profile, []) if one.column == "amount_due"]
    assert amount.bars[-1].label == ">100"
    assert isinstance(profile.numbers["amount_due"], NumberSketch)


def test_contracts_compared_with_themselves_have_not_changed() -> None:
    assert compare(CONTRACTS, CONTRACTS) == []
