"""Tables as people save them: encodings, delimiters, signs around numbers, codes for unknown; and what is refused."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from experiments.any_table import files
from experiments.any_table.chance import calibration_told
from experiments.any_table.columns import Inputs, as_inputs
from experiments.any_table.copies import copies_together
from experiments.any_table.design import Design
from experiments.any_table.files import TableRefused, read_file
from experiments.any_table.folds import outer_folds
from experiments.any_table.reading import Asked, read_wide_table
from models.probability_metrics import error_beyond_chance

ROWS = 120


def sheet() -> pd.DataFrame:
    draw = np.random.default_rng(4)
    return pd.DataFrame(
        {
            "户号": [f"户{number}" for number in range(ROWS)],
            "收入": [f"¥{value:,.2f}" for value in draw.uniform(500, 90_000, ROWS)],
            "比例": [f"{value}%" for value in draw.integers(0, 100, ROWS)],
            "登记": [f"2026年{1 + number % 12}月{1 + number % 28}日" for number in range(ROWS)],
            "低保": draw.choice(["是", "否"], ROWS),
            "答复": draw.choice([1, 2, 3, -88, -99], ROWS),
            "困难": np.arange(ROWS) % 2,
        }
    )


def inputs_of(path: Path, **asked: str) -> Inputs:
    table = read_wide_table(path, Asked(unit="户号", label="困难", **asked))
    return as_inputs(table.features)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_a_sheet_is_read_however_it_was_saved(
    encoding: str, delimiter: str, tmp_path: Path
) -> None:
    path = tmp_path / "sheet.csv"
    sheet().to_csv(path, index=False, encoding=encoding, sep=delimiter)
    table = read_file(path)
    assert table.column_names == list(sheet().columns)
    assert table["低保"].to_pylist() == sheet()["低保"].tolist()


def test_signs_around_numbers_and_chinese_dates_are_read(tmp_path: Path) -> None:
    path = tmp_path / "sheet.csv"
    sheet().to_csv(path, index=False)
    inputs = inputs_of(path)
    kinds = {one.name: one.kind for one in inputs.inputs}
    assert kinds == {
        "收入": "number",
        "比例": "number",
        "登记": "number",
        "低保": "class",
        "答复": "number",
    }
    percent = inputs.matrix[:, inputs.names.index("比例")]
    assert percent.tolist() == [float(value.rstrip("%")) for value in sheet()["比例"]]
    assert inputs_of(path, time="登记").names == ("收入", "比例", "低保", "答复")


def test_two_slips_of_the_pen_in_a_hundred_leave_a_number_and_three_a_class(
    tmp_path: Path,
) -> None:
    frame = sheet().iloc[:100].assign(rooms=[str(number % 9) for number in range(100)])
    for slips, kind in ((2, "number"), (3, "class")):
        frame.loc[range(slips), "rooms"] = "many"
        path = tmp_path / f"sheet{slips}.csv"
        frame.to_csv(path, index=False)
        found = {one.name: one.kind for one in inputs_of(path).inputs}
        assert found["rooms"] == kind


def test_codes_of_unknown_are_told_apart_and_no_line_is_drawn_through_them(tmp_path: Path) -> None:
    frame = sheet().assign(
        weeks=[-88 if number % 4 == 0 else number for number in range(ROWS)],
        balance=[-88 if number % 4 == 0 else number - 60 for number in range(ROWS)],
    )
    path = tmp_path / "sheet.csv"
    frame.to_csv(path, index=False)
    inputs = inputs_of(path)
    codes = {one.name: one.unknown_codes for one in inputs.inputs}
    assert codes["答复"] == (-99.0, -88.0)
    assert codes["weeks"] == (-88.0,)
    assert codes["balance"] == (), "an account may really stand at -88"
    only = inputs.without(frozenset(inputs.names) - {"weeks"})
    design = Design.learn(only.inputs, only.matrix, binned=False)
    numbers = design.of(np.array([[-88.0], [60.0], [np.nan]], dtype=np.float32)).toarray()
    assert numbers[0].tolist() == [1.0, 0.0, 0.0]
    assert numbers[1, 0] == 0.0
    assert abs(numbers[1, 2]) < 0.2, "60 is about the mean of what is not a code"
    assert numbers[2].tolist() == [0.0, 1.0, 0.0]


def test_a_scorecard_puts_a_number_in_its_tenth() -> None:
    values = np.arange(100, dtype=np.float32)[:, None]
    table = pd.DataFrame({"x": values[:, 0]})
    inputs = as_inputs(pa.Table.from_pandas(table.sample(frac=1, random_state=1)))
    design = Design.learn(inputs.inputs, values, binned=True)
    tenths = design.of(values).toarray()[:, 2:]
    assert tenths.shape == (100, 10)
    assert (tenths.sum(axis=1) == 1).all()
    assert tenths.sum(axis=0).tolist() == [10.0] * 10


def test_a_column_that_repeats_another_is_left_out_with_its_name(tmp_path: Path) -> None:
    path = tmp_path / "sheet.csv"
    sheet().assign(again=sheet()["答复"]).to_csv(path, index=False)
    assert inputs_of(path).left_out == {"again": "says the same as 答复 in every row"}


def test_text_far_down_a_column_of_numbers_is_no_reason_to_refuse(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "_AT_ONCE", 1 << 10)
    path = tmp_path / "long.csv"
    lines = [f"{number},{number * 7919 % 100_003}" for number in range(3000)]
    path.write_text("户号,x\n" + "\n".join([*lines, "9,many"]) + "\n")
    assert read_file(path)["x"].to_pylist()[-1] == "many"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("", "is empty"),
        ("\n\n", "is empty"),
        ("a#b\n1#2\n", "only one column"),
        ("a,b\n1,2\n1,2,3\n", "put quotes around text that holds a comma"),
    ],
)
def test_what_is_no_table_gets_a_sentence_without_its_content(
    content: str, sentence: str, tmp_path: Path
) -> None:
    path = tmp_path / "odd.csv"
    path.write_text(content)
    with pytest.raises(TableRefused) as refused:
        read_file(path)
    assert sentence in str(refused.value)
    assert "1,2" not in str(refused.value)


def test_neither_encoding_nor_parquet_is_a_sentence_too(tmp_path: Path) -> None:
    (tmp_path / "odd.csv").write_bytes(b"a,b\n\xff\xff\xff,2\n")
    with pytest.raises(TableRefused, match="neither UTF-8 nor GB18030"):
        read_file(tmp_path / "odd.csv")
    (tmp_path / "odd.parquet").write_bytes(b"abc")
    with pytest.raises(TableRefused, match="not a readable Parquet file"):
        read_file(tmp_path / "odd.parquet")
    with pytest.raises(TableRefused, match="tables in that folder: odd"):
        read_file(tmp_path / "none.csv")


def test_a_label_that_is_never_filled_in_gets_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "sheet.csv"
    sheet().assign(困难="").to_csv(path, index=False)
    with pytest.raises(TableRefused, match="never filled in"):
        inputs_of(path)


def test_exactly_right_probabilities_show_the_error_of_chance_and_wrong_ones_more() -> None:
    draw = np.random.default_rng(1)
    right = draw.beta(2, 6, 2000)
    labels = (draw.random(2000) < right).astype(float)
    told = calibration_told(right, labels, seed=1)
    assert told.by_chance is not None
    assert 0.01 < told.by_chance.value < 0.03
    assert "no more than chance explains" in told.sentence
    assert told.beyond < told.seen
    wrong = calibration_told(np.clip(right + 0.08, 0, 1), labels, seed=1)
    assert "more than chance explains:" in wrong.sentence
    assert wrong.beyond == pytest.approx(0.08, abs=0.025)
    many = draw.random(30_000)
    assert calibration_told(many, (draw.random(30_000) < many) * 1.0, seed=1).by_chance is None


def test_what_is_left_without_chance_is_the_error_of_many_rows_on_average() -> None:
    draw = np.random.default_rng(2)
    squared = []
    for _ in range(60):
        true = draw.beta(2, 6, 1000)
        labels = (draw.random(1000) < true).astype(float)
        squared.append(error_beyond_chance(np.clip(true + 0.03, 0, 1), labels) ** 2)
    assert np.sqrt(np.mean(squared)) == pytest.approx(0.03, abs=0.005)


def test_a_copy_under_another_unit_is_never_judged_by_its_original() -> None:
    draw = np.random.default_rng(3)
    matrix = draw.normal(size=(300, 4)).astype(np.float32)
    matrix[5, 2] = np.nan
    labels = (draw.random(300) < 0.3).astype(float)
    twice = np.vstack([matrix, matrix[:40]])
    units, copies = copies_together(np.arange(340), twice, np.concatenate([labels, labels[:40]]))
    assert copies == 80
    assert (units[:40] == units[300:]).all()
    assert len(np.unique(units)) == 300
    for fold in outer_folds(units, np.concatenate([labels, labels[:40]]), None, seed=1):
        assert not set(units[fold.train]) & set(units[fold.test])


def test_people_alike_in_a_few_columns_are_no_copies() -> None:
    draw = np.random.default_rng(4)
    coarse = draw.integers(0, 3, (300, 3)).astype(np.float32)
    units, copies = copies_together(np.arange(300), coarse, np.zeros(300))
    assert copies == 0
    assert (units == np.arange(300)).all()
    own = draw.normal(size=(300, 3)).astype(np.float32)
    assert copies_together(np.arange(300), own, np.zeros(300))[1] == 0
