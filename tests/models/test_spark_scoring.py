"""Scores of Spark's workers are those of the child process, and workers refuse what it refuses."""

from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from models.artefact import ArtefactError
from models.scoring import SCORE_COLUMNS, score_in_child
from models.spark_scoring import score_on_spark
from tests.models.made_up import households

pytestmark = pytest.mark.spark


@pytest.fixture
def matrix(tmp_path: Path) -> Path:
    """A folder of two parts, as Spark leaves a large matrix."""
    rows = households(500, seed=9).drop(columns="label")
    rows["as_of_date"] = rows["as_of_date"].dt.date
    folder = tmp_path / "matrix.parquet"
    folder.mkdir()
    for number, part in enumerate((rows[:300], rows[300:])):
        file = folder / f"part-{number:05d}.parquet"
        pq.write_table(pa.Table.from_pandas(part, preserve_index=False), file)
    return folder


def test_workers_score_what_the_child_scores(
    spark: Any, tmp_path: Path, write_artefact: Any, matrix: Path
) -> None:
    artefact = write_artefact(tmp_path / "a")
    here = score_in_child(
        artefact, matrix=matrix, out=tmp_path / "here.parquet", timeout_seconds=300
    )
    there = score_on_spark(spark, artefact, matrix=matrix, out=tmp_path / "there")

    expected = here[list(SCORE_COLUMNS)].sort_values("household_id", ignore_index=True)
    assert expected["probability"].nunique() > 20
    pd.testing.assert_frame_equal(there, expected, check_exact=True)


def test_a_matrix_without_a_feature_is_refused_by_name(
    spark: Any, tmp_path: Path, write_artefact: Any, matrix: Path
) -> None:
    rows = pd.read_parquet(matrix).drop(columns="noise")
    rows.to_parquet(tmp_path / "short.parquet", index=False)

    with pytest.raises(ArtefactError, match=r"short.parquet lacks 1 column\(s\).*noise"):
        score_on_spark(
            spark, write_artefact(tmp_path / "b"),
            matrix=tmp_path / "short.parquet", out=tmp_path / "there",
        )  # fmt: skip


def test_a_worker_that_received_another_model_refuses(
    spark: Any, tmp_path: Path, write_artefact: Any, matrix: Path
) -> None:
    from models.spark_scoring import SCHEMA, scorer

    folder = write_artefact(tmp_path / "c").folder
    spark._session.sparkContext.addFile(str(folder), recursive=True)
    scored = spark._session.read.parquet(str(matrix)).mapInArrow(scorer("c", "0" * 64), SCHEMA)

    with pytest.raises(Exception, match="expected 000000000000"):
        scored.collect()
