"""The commands that show features: what they say, what they refuse, a page that works without the network."""

import json
import re
from datetime import date
from pathlib import Path

import jsonschema
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

from experiments.cli import main
from experiments.feature_browser.look import eras, missing_by_department
from experiments.feature_browser.matrices import NothingToShow, matrices_of
from features.district import DISTRICT
from features.matrix import Arrivals
from features.matrix_contract import matrix_schema
from features.matrix_odcs import matrix_odcs

FIRST, LAST = date(2026, 1, 1), date(2026, 7, 1)
CUT = "utility_is_cut_off"
UNPAID = "utility_unpaid_amount"
TENURE = "housing_tenure"


def write_matrix(path: Path, day: date, **columns: list[object]) -> None:
    """Write a matrix that keeps the contract; columns not given are unknown."""
    schema = matrix_schema(DISTRICT.groups)
    rows = 200
    filled = {
        "household_id": [f"h{number}" for number in range(rows)],
        "as_of_date": [day] * rows,
        **columns,
    }
    arrays = [pa.array(filled.get(field.name, [None] * rows), type=field.type) for field in schema]
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(arrays, schema=schema), path)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("home")
    spread = list(np.arange(200.0))
    write_matrix(
        folder / "matrices" / f"{FIRST}.parquet", FIRST,
        **{UNPAID: spread, CUT: [False] * 200, TENURE: ["owned"] * 200},
    )  # fmt: skip
    write_matrix(
        folder / "matrices" / "district" / f"{LAST}_0a1b2c_3d4e5f.parquet", LAST,
        **{
            UNPAID: [None] * 100 + [value + 500 for value in spread[:100]],
            CUT: [True] * 50 + [False] * 150,
            TENURE: ["owned"] * 100 + ["private_rental"] * 100,
        },
    )  # fmt: skip
    (folder / "matrices" / f"{LAST}.scores.parquet").write_bytes(b"no matrix")
    return folder


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(["features", *arguments]) == 0
    return capsys.readouterr().out


def test_the_list_is_every_declared_feature(capsys: pytest.CaptureFixture[str]) -> None:
    listed = json.loads(said(capsys, "list", "--json"))

    assert [one["name"] for one in listed] == [one.name for one in DISTRICT.features]
    assert all(one["sources"] and one["departments"] for one in listed)


def test_the_list_can_be_narrowed(capsys: pytest.CaptureFixture[str]) -> None:
    of_group = json.loads(said(capsys, "list", "--json", "--group", "housing"))
    found = json.loads(said(capsys, "list", "--json", "--search", "欠费"))

    assert {one["group"] for one in of_group} == {"housing"}
    assert UNPAID in {one["name"] for one in found}
    assert all("欠费" in json.dumps(one, ensure_ascii=False) for one in found)
    assert len(found) < len(DISTRICT.features)
    assert UNPAID in said(capsys, "list", "--search", UNPAID)


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("list", "--group", "houses"), "no group 'houses'"),
        (("show", "utility_unpaid_amuont"), f"did you mean '{UNPAID}'"),
        (("show", UNPAID, "--matrices", "/nowhere"), "no matrix under /nowhere"),
        (("show", UNPAID, "--reference", "2020-01-01"), "no matrix of 2020-01-01"),
    ],
)
def test_what_is_not_there_is_refused_in_a_sentence(
    home: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], complaint: str
) -> None:
    given = arguments if arguments[0] == "list" else (*arguments, "--home", str(home))

    assert main(["features", *given]) == 2
    assert complaint in " ".join(capsys.readouterr().err.split())


def test_matrices_are_found_by_date_and_scores_are_none(home: Path, tmp_path: Path) -> None:
    assert list(matrices_of(home / "matrices")) == [FIRST, LAST]
    with pytest.raises(NothingToShow):
        matrices_of(tmp_path)


@pytest.mark.parametrize("suffix", ["png", "svg"])
def test_one_feature_is_shown_with_values_unknowns_drift_and_a_picture(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], suffix: str
) -> None:
    picture = tmp_path / f"p.{suffix}"

    text = said(capsys, "show", UNPAID, "--home", str(home), "--plot", str(picture))

    assert "Sum of those bills" in text
    assert re.search(r"2026-07-01\s+50\.0%\s+not looked", text)
    assert "unknown went from 0% to 50%" in text
    assert "PSI" in text
    assert picture.stat().st_size > 5_000
    for name in (CUT, TENURE):
        assert "drift" in said(capsys, "show", name, "--home", str(home)).lower()


def test_what_each_era_says(home: Path) -> None:
    [group] = [one for one in DISTRICT.groups if one.name == "utilities"]
    [feature] = [one for one in group.features if one.name == CUT]
    spoke = Arrivals({feed: [] for feed in DISTRICT.contracts})

    first, last = eras(
        feature, group, matrices_of(home / "matrices"),
        deployment=DISTRICT, arrivals=spoke, reference=FIRST,
    )  # fmt: skip

    assert first.classes == {"False": 200}
    assert last.classes == {"False": 150, "True": 50}
    assert [source.spoke for source in last.sources] == [False] * len(last.sources)
    assert last.drift.verdict == "block"
    assert first.drift.psi == 0


def test_unknown_values_are_told_by_department(home: Path) -> None:
    matrix = matrices_of(home / "matrices")[FIRST]
    shares = missing_by_department(matrix, DISTRICT)

    by_hand = [
        feature.name not in (CUT, UNPAID, TENURE)
        for group in DISTRICT.groups
        for feature in group.features
        if "水电气" in {DISTRICT.contracts[feed].department for feed in group.sources_of(feature)}
    ]
    assert shares["水电气"] == pytest.approx(sum(by_hand) / len(by_hand))
    assert shares["医保"] == 1


def test_the_drift_list_names_the_worst_first(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = said(capsys, "drift", "--home", str(home), "--most", "3")

    assert text.index("block") < text.index("over a blocking bar")
    assert f"{LAST} against {FIRST}" in text
    assert UNPAID in text


def test_the_contract_is_valid_odcs_and_says_every_column(
    capsys: pytest.CaptureFixture[str],
) -> None:
    from importlib.resources import files

    document = yaml.safe_load(said(capsys, "contract"))

    standard = json.loads((files("open_data_contract_standard") / "schema.json").read_text())
    assert list(jsonschema.Draft201909Validator(standard).iter_errors(document)) == []
    [table] = document["schema"]
    assert sorted(one["name"] for one in table["properties"]) == sorted(
        matrix_schema(DISTRICT.groups).names
    )
    assert document == yaml.safe_load(matrix_odcs(DISTRICT))


def test_the_page_names_everything_and_needs_no_network(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "features.html"
    said(capsys, "page", "--out", str(path))
    page = path.read_text(encoding="utf-8")

    for feature in DISTRICT.features:
        assert f'id="{feature.name}"' in page
    assert not re.search(r"(src|href)\s*=|https?://|url\(", page)
    assert "default-src 'none'" in page


@pytest.mark.browser
def test_the_page_searches_filters_and_reads_without_script(tmp_path: Path) -> None:
    sync_api = pytest.importorskip("playwright.sync_api")
    path = tmp_path / "features.html"
    assert main(["features", "page", "--out", str(path)]) == 0
    everything = len(DISTRICT.features)
    with sync_api.sync_playwright() as play:
        browser = play.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 360, "height": 800})
        page.goto(path.as_uri())
        assert page.locator("article:visible").count() == everything
        page.fill("#search", "欠费")
        found = page.locator("article:visible").count()
        assert 0 < found < everything
        assert page.inner_text("#shown") == f"{found} shown"
        page.select_option("#sensitivity", "S1")
        assert page.locator("#none").is_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        plain = browser.new_context(java_script_enabled=False).new_page()
        plain.goto(path.as_uri())
        assert plain.locator("article:visible").count() == everything
        assert not plain.locator("form").is_visible()
        browser.close()
