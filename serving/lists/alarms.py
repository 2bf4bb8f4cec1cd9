"""Safety triggers over the night's matrix: who may lie helpless, whatever the model thinks of their need."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pyarrow.parquet as pq

from serving.upstream.protocol import Alarm

if TYPE_CHECKING:
    from models.rules.rule_book import RuleBook


def alarms_of(book: "RuleBook", *, matrix: Path, as_of_date: date) -> Sequence[Alarm]:
    """Return every safety trigger in force with the households of ``matrix`` it fires for.

    A trigger on a column the matrix does not have fires for nobody: no meter there is read daily.
    """
    there = set(pq.ParquetDataset(matrix).schema.names)
    in_force = [book.in_force(name, as_of_date=as_of_date) for name in book.safety]
    asked = [trigger for trigger in in_force if there.issuperset(trigger.columns)]
    columns = sorted({column for trigger in asked for column in trigger.columns})
    frame: pd.DataFrame = pq.read_table(matrix, columns=["household_id", *columns]).to_pandas()
    return [
        Alarm(
            trigger_id=trigger.trigger_id,
            title=trigger.title_zh,
            hours=trigger.hours or 24,
            households=frozenset(frame.loc[trigger.fired(frame), "household_id"].astype(str)),
        )
        for trigger in asked
    ]
