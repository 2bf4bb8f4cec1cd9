"""What the rules say of every household on a night, kept beside its matrix; and the line a list says of it.

Nobody is ranked or left out because of a rule: the answers rest on facts that may only answer rules. They stand
beside the reasons of those listed, for the visitor to look into. A list policy may have a lane of sweeps: it
sends somebody to offer what a rule says seems due, and to nobody else. Nothing here stops a benefit.
"""

from collections.abc import Collection, Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pyarrow.parquet as pq

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from data_contracts.engines import Engine
    from features.parameters import InForce

KEYS = ("household_id", "area_id")
_SEEMS = "看来符合{title}的条件，目前没有享受，请协助了解和申请（以核定为准）"
_NEAR = "接近{title}的线，请了解收入和支出的变化"
_MOST_LINES = 3


def beside(matrix: Path) -> Path:
    """Return where the answers to the rules of a matrix are kept."""
    return matrix.with_suffix(".entitlements.parquet")


def read_matrix(engine: "Engine", matrix: Path) -> "ir.Table":
    """Return a kept matrix, be it one file or a folder of parts."""
    return engine.read_parquet(str(matrix / "*.parquet") if matrix.is_dir() else str(matrix))


def write_answers(
    engine: "Engine", matrix: Path, in_force: "InForce", *, as_of_date: date, out: Path
) -> None:
    """Write what every rule says of every household of ``matrix``, sorted by household; the same again, the same bytes."""
    from features.matrix_files import write_rows
    from models.rules.answering import answers

    told = answers(read_matrix(engine, matrix), in_force, as_of_date=as_of_date, keys=KEYS)
    write_rows(engine, told.order_by("household_id"), out)


def counts(path: Path) -> dict[str, int]:
    """Return how many households seem to be due something they do not hold, are near a line, or cannot be judged."""
    told = pq.read_table(path, columns=["unclaimed", "approached", "tier", "first_open"])
    undecided = told["first_open"].length() - told["first_open"].null_count
    met = told["tier"].length() - told["tier"].null_count
    return {
        "unclaimed": told["unclaimed"].length() - told["unclaimed"].null_count,
        "approached": told["approached"].length() - told["approached"].null_count,
        "undecided": undecided - met,
    }


def unclaimed_of(path: Path) -> Mapping[str, str]:
    """Return, by household, the highest tier that seems due and is not held; the others are absent."""
    told: pd.DataFrame = pq.read_table(path, columns=["household_id", "unclaimed"]).to_pandas()
    due = told[told["unclaimed"].notna()]
    return dict(zip(due["household_id"].astype(str), due["unclaimed"].astype(str), strict=True))


def lines_of(
    path: Path, households: Collection[str], *, as_of_date: date
) -> Mapping[str, tuple[str, ...]]:
    """Return what lists say of the rules, by household; households of whom there is nothing to say are absent.

    First the tier that seems due, then benefits of persons that could be offered, then the line that is near.
    """
    from models.rules.answering import rules_on
    from models.rules.judging import MEETS
    from models.rules.sweeps import all_sweeps

    titles = {rule.rule_id: rule.title_zh for rule in rules_on(as_of_date)}
    there = set(pq.read_schema(path).names)
    offers = [
        sweep.rule.rule_id
        for sweep in all_sweeps(as_of_date=as_of_date)
        if sweep.action == "offer" and sweep.rule.rule_id in there
    ]
    kept: pd.DataFrame = pq.read_table(
        path, columns=["household_id", "unclaimed", "approached", *offers]
    ).to_pandas()
    found: dict[str, tuple[str, ...]] = {}
    for row in kept[kept["household_id"].isin(list(households))].to_dict("records"):
        due = [row["unclaimed"], *(rule for rule in offers if row[rule] == MEETS)]
        said = [_SEEMS.format(title=titles[rule]) for rule in due if isinstance(rule, str)]
        if isinstance(row["approached"], str):
            said.append(_NEAR.format(title=titles[row["approached"]]))
        if said:
            found[str(row["household_id"])] = tuple(said[:_MOST_LINES])
    return found
