"""Score a matrix where it lies, on Spark: an Arrow batch function that every Python worker runs on its part.

The artefact's folder goes to the workers with the job. Each worker process checks every byte against the id the
driver expects, parses the model apart from the driver and reproduces the golden rows, once, and then scores batch
after batch. A row's score depends on the row alone, so the scores are those of :mod:`models.scoring`, bit for bit.
"""

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pyarrow as pa

from models.artefact import Artefact, ArtefactError, load
from models.artefact_files import verify
from models.scoring import score_columns

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from data_contracts.engines import Engine
    from models.learners.learned import Learned
    from models.learners.spread import Spread

SCHEMA = "household_id string, as_of_date date, log_odds double, probability double"
INTERVAL_SCHEMA = f"{SCHEMA}, log_odds_low double, log_odds_high double"

_OURS = re.compile(r"^models\.\w+\.(?:ArtefactError|EncodingError): (.+)$", re.MULTILINE)
_ANY = re.compile(r"^([A-Za-z_][\w.]*(?:Error|Exception))\b", re.MULTILINE)

Batches = Iterator[pa.RecordBatch]


def score_on_spark(
    engine: "Engine", artefact: Artefact, *, matrix: Path, out: Path
) -> pd.DataFrame:
    """Score every row of a Parquet matrix and return the scores in the order of ``household_id``.

    For a district, whose scores fit in this process; :func:`scores_on_spark` leaves them on the cluster.

    Raises:
        ArtefactError: see :func:`models.scoring.score_in_child`; or a worker died.
    """
    scored = scores_on_spark(engine, artefact, matrix=matrix, out=out)
    frame: pd.DataFrame = scored.toPandas().sort_values("household_id", ignore_index=True)
    return frame


def scores_on_spark(
    engine: "Engine", artefact: Artefact, *, matrix: Path, out: Path
) -> "DataFrame":
    """Score every row of a Parquet matrix (a file or a folder of parts) into the folder ``out``.

    Args:
        engine: Spark; each worker needs this package installed.
        artefact: the model; its folder is sent along.
        matrix: must be seen by every worker under this path.
        out: folder the scores are written to, in no order, over what is there.

    Returns:
        :func:`models.scoring.score_columns` of every row, read back from ``out``.

    Raises:
        ArtefactError: see :func:`models.scoring.score_in_child`; or a worker died.
    """
    from pyspark.errors import PySparkException

    session = engine._session
    verify(artefact.folder, expected_id=artefact.artefact_id)
    session.sparkContext.addFile(str(artefact.folder.resolve()), recursive=True)
    rows = session.read.parquet(str(matrix))
    wanted = ["household_id", "as_of_date", *artefact.inputs]
    absent = [name for name in wanted if name not in rows.columns]
    if absent:
        raise ArtefactError(
            f"{matrix.name} lacks {len(absent)} column(s) of model {artefact.artefact_id[:12]}, the"
            f" first are {absent[:5]}: rebuild the matrix with the feature groups it was trained on"
        )
    function = scorer(artefact.folder.name, artefact.artefact_id)
    schema = SCHEMA if artefact.spread_stored is None else INTERVAL_SCHEMA
    try:
        rows.select(*wanted).mapInArrow(function, schema).write.mode("overwrite").parquet(str(out))
    except PySparkException as error:
        raise ArtefactError(_explained(artefact, str(error))) from None
    scored: DataFrame = session.read.parquet(str(out)).select(*score_columns(artefact))
    return scored


def scorer(folder: str, artefact_id: str) -> Callable[[Batches], Batches]:
    """Return the Arrow batch function; ``folder`` is the name the artefact was sent to the workers under."""

    def score(batches: Batches) -> Batches:
        from pyspark import SparkFiles

        artefact, model, spread = _loaded(Path(SparkFiles.get(folder)), artefact_id)
        for batch in batches:
            yield _scored(batch, artefact, model, spread)

    return score


@lru_cache(maxsize=1)
def _loaded(folder: Path, artefact_id: str) -> tuple[Artefact, "Learned", "Spread | None"]:
    artefact = load(folder, expected_id=artefact_id)
    # One thread: Spark runs as many workers on a machine as it was given cores.
    model, spread = artefact.model(num_threads=1), artefact.spread(num_threads=1)
    artefact.check_golden(model, spread)
    return artefact, model, spread


def _scored(
    batch: pa.RecordBatch, artefact: Artefact, model: "Learned", spread: "Spread | None"
) -> pa.RecordBatch:
    scores = artefact.scores(batch.to_pandas(), model, spread)
    columns = [batch["household_id"], batch["as_of_date"], *map(pa.array, scores.values())]
    return pa.RecordBatch.from_arrays(columns, names=["household_id", "as_of_date", *scores])


def _explained(artefact: Artefact, told: str) -> str:
    """Return what a worker refused with; of anything else only the name: its text might quote a household."""
    refused = _OURS.search(told)
    if refused:
        return refused.group(1)
    named = _ANY.findall(told)
    return (
        f"scoring with model {artefact.artefact_id[:12]} failed on Spark with"
        f" {named[-1] if named else 'an unnamed error'}; look into the logs of the workers, and if none"
        " tells more, score a sample of the matrix with models.scoring"
    )
