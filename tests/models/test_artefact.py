import json
import os
import shutil
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from models.artefact import Artefact, ArtefactError, load
from models.artefact_files import MANIFEST, seal, verify
from models.child import main
from models.learners.trees import LearnedModel
from models.scoring import REFUSED, check_in_child, contributions_in_child, score_in_child
from tests.models.made_up import FEATURES, feature, households

Write = Callable[[Path], Artefact]

PATIENCE_SECONDS = 120.0


def resigned(folder: Path) -> Artefact:
    """Rewrite the manifest over whatever the folder holds, as an attacker or a broken build would."""
    (folder / MANIFEST).unlink()
    seal(folder)
    return load(folder)


def asking(artefact: Artefact) -> list[str]:
    """The arguments with which the child is told which artefact to use."""
    return ["--artefact", str(artefact.folder), "--expect", artefact.artefact_id]


def test_the_same_model_has_the_same_id(tmp_path: Path, write_artefact: Write) -> None:
    first, second = write_artefact(tmp_path / "a"), write_artefact(tmp_path / "b")

    assert first.artefact_id == second.artefact_id
    assert load(tmp_path / "a", expected_id=first.artefact_id) == first


def test_what_is_loaded_is_what_was_written(
    tmp_path: Path, write_artefact: Write, model: LearnedModel
) -> None:
    artefact = write_artefact(tmp_path / "a")
    rows = households(100, seed=9)

    assert np.array_equal(artefact.model().log_odds(rows), model.log_odds(rows))
    assert artefact.training == {"train_rows": 2000}
    assert len(artefact.quantiles["spend_365d"]) == 21
    assert "tenure" not in artefact.quantiles
    artefact.check_golden(artefact.model())


def test_no_golden_row_is_a_household(tmp_path: Path, write_artefact: Write) -> None:
    artefact = write_artefact(tmp_path / "a")
    rows = json.loads((artefact.folder / "golden.json").read_text("utf-8"))["rows"]

    real = households(2000, seed=1)[["spend_365d", "wage_90d", "noise"]].round(6)
    known = set(map(tuple, real.to_numpy()))
    places = [artefact.encoding.names.index(name) for name in real]
    stored = [tuple(row[place] for place in places) for row in rows]
    whole = [row for row in stored if None not in row]
    assert len(whole) > 20
    assert not [row for row in whole if tuple(round(value, 6) for value in row) in known]


def test_a_hundred_bit_flips_anywhere_are_all_seen(tmp_path: Path, write_artefact: Write) -> None:
    artefact = write_artefact(tmp_path / "a")
    generator = np.random.default_rng(0)
    files = sorted(artefact.folder.iterdir())
    sizes = np.array([path.stat().st_size for path in files])

    for _ in range(100):
        path = files[generator.choice(len(files), p=sizes / sizes.sum())]
        whole = path.read_bytes()
        damaged = bytearray(whole)
        damaged[generator.integers(len(whole))] ^= 1 << int(generator.integers(8))
        path.write_bytes(bytes(damaged))
        with pytest.raises(ArtefactError):
            verify(artefact.folder, expected_id=artefact.artefact_id)
        path.write_bytes(whole)

    assert verify(artefact.folder) == artefact.artefact_id


@pytest.mark.parametrize("name", ["model_0.txt", "artefact.json", "golden.json"])
def test_a_truncated_or_missing_file_is_named(
    tmp_path: Path, write_artefact: Write, name: str
) -> None:
    folder = write_artefact(tmp_path / "a").folder
    content = (folder / name).read_bytes()
    (folder / name).write_bytes(content[:-1])
    with pytest.raises(ArtefactError, match=f"{name} does not match its manifest"):
        verify(folder)
    (folder / name).unlink()
    with pytest.raises(ArtefactError, match=f"missing \\['{name}'\\]"):
        verify(folder)


def test_an_extra_file_a_link_and_another_manifest_are_refused(
    tmp_path: Path, write_artefact: Write
) -> None:
    artefact = write_artefact(tmp_path / "a")
    (artefact.folder / "notes.txt").write_text("harmless")
    with pytest.raises(ArtefactError, match=r"not in the manifest \['notes.txt'\]"):
        verify(artefact.folder)
    (artefact.folder / "notes.txt").unlink()

    shutil.move(artefact.folder / "model_0.txt", tmp_path / "model_0.txt")
    (artefact.folder / "model_0.txt").symlink_to(tmp_path / "model_0.txt")
    with pytest.raises(ArtefactError, match=r"model_0.txt does not match"):
        verify(artefact.folder)

    (artefact.folder / "model_0.txt").unlink()
    shutil.move(tmp_path / "model_0.txt", artefact.folder / "model_0.txt")
    (artefact.folder / "model_0.txt").write_text("tree")
    other = resigned(artefact.folder).artefact_id
    with pytest.raises(ArtefactError, match="expected"):
        verify(artefact.folder, expected_id=artefact.artefact_id)
    assert other != artefact.artefact_id
    with pytest.raises(ArtefactError, match="not an artefact"):
        verify(tmp_path)


def test_nothing_is_overwritten(tmp_path: Path, write_artefact: Write) -> None:
    write_artefact(tmp_path / "a")
    with pytest.raises(ArtefactError, match="never overwritten"):
        write_artefact(tmp_path / "a")


def test_a_changed_declaration_is_refused_and_an_extra_feature_is_not(
    tmp_path: Path, write_artefact: Write
) -> None:
    artefact = write_artefact(tmp_path / "a")

    artefact.check_declarations([*FEATURES, feature("newcomer")])
    in_cents = [replace(FEATURES[0], unit="cents"), *FEATURES[1:]]
    with pytest.raises(ArtefactError, match=r"spend_365d was number in yuan.*is number in cents"):
        artefact.check_declarations(in_cents)
    with pytest.raises(ArtefactError, match=r"noise was .* is gone"):
        artefact.check_declarations(FEATURES[:-1])


def test_bands_begin_at_their_probability(tmp_path: Path, write_artefact: Write) -> None:
    artefact = write_artefact(tmp_path / "a")

    found = [artefact.band_of(chance) for chance in (0.0, 0.0999, 0.1, 0.2999, 0.3, 1.0)]

    assert found == ["low", "low", "medium", "medium", "high", "high"]


@pytest.fixture
def matrix(tmp_path: Path) -> Path:
    rows = households(300, seed=9).drop(columns="label")
    rows.to_parquet(tmp_path / "matrix.parquet", index=False)
    return tmp_path / "matrix.parquet"


def test_a_child_scores_what_the_model_says(
    tmp_path: Path, write_artefact: Write, model: LearnedModel, matrix: Path
) -> None:
    artefact = write_artefact(tmp_path / "a")
    rows = pd.read_parquet(matrix)

    scores = score_in_child(
        artefact, matrix=matrix, out=tmp_path / "scores.parquet", timeout_seconds=PATIENCE_SECONDS
    )

    assert scores["household_id"].tolist() == rows["household_id"].tolist()
    assert np.array_equal(scores["log_odds"], model.log_odds(rows))
    assert np.array_equal(scores["probability"], artefact.calibration.apply(model.predict(rows)))


def test_a_child_explains_the_shortlist_only(
    tmp_path: Path, write_artefact: Write, model: LearnedModel, matrix: Path
) -> None:
    found = contributions_in_child(
        write_artefact(tmp_path / "a"),
        matrix=matrix,
        household_ids=["h7", "h3"],
        timeout_seconds=PATIENCE_SECONDS,
    )

    rows = pd.read_parquet(matrix).set_index("household_id")
    assert found.index.tolist() == ["h3", "h7"]
    assert np.allclose(found.sum(axis=1), model.log_odds(rows.loc[["h3", "h7"]]))


def test_a_matrix_without_a_feature_is_refused_by_name(
    tmp_path: Path, write_artefact: Write, matrix: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    artefact = write_artefact(tmp_path / "a")
    pd.read_parquet(matrix).drop(columns="noise").to_parquet(matrix, index=False)
    out = tmp_path / "scores.parquet"

    ended = main([*asking(artefact), "--matrix", str(matrix), "--out", str(out)])

    assert ended == REFUSED
    assert "matrix.parquet lacks 1 column(s)" in capsys.readouterr().err
    assert not out.exists()


def test_a_truncated_model_with_a_matching_manifest_takes_nobody_down(
    tmp_path: Path, write_artefact: Write
) -> None:
    folder = write_artefact(tmp_path / "a").folder
    text = (folder / "model_0.txt").read_text("utf-8")
    (folder / "model_0.txt").write_text(text[: len(text) // 2], "utf-8")
    artefact = resigned(folder)

    with pytest.raises(ArtefactError, match=r"ended by SIG|failed with"):
        check_in_child(artefact, timeout_seconds=PATIENCE_SECONDS)


def test_a_model_that_no_longer_predicts_its_golden_rows_is_refused(
    tmp_path: Path, write_artefact: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = write_artefact(tmp_path / "a").folder
    golden = json.loads((folder / "golden.json").read_text("utf-8"))
    golden["log_odds"][3] += 1e-6
    (folder / "golden.json").write_text(json.dumps(golden), "utf-8")

    assert main(asking(resigned(folder))) == REFUSED
    assert "does not reproduce its golden predictions" in capsys.readouterr().err


def test_a_child_that_hangs_is_stopped(tmp_path: Path, write_artefact: Write) -> None:
    artefact = write_artefact(tmp_path / "a")
    pipe = tmp_path / "matrix.parquet"
    # Reading a pipe nobody writes to waits for ever.
    os.mkfifo(pipe)
    started = time.monotonic()

    with pytest.raises(ArtefactError, match="stopped after 2 seconds"):
        score_in_child(artefact, matrix=pipe, out=tmp_path / "out.parquet", timeout_seconds=2)
    assert time.monotonic() - started < 20
