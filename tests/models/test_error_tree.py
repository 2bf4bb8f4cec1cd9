"""A planted error is found and told; where there is none, none is told."""

import numpy as np
import pandas as pd

from models.error_tree import FEWEST, error_tree
from tests.models.made_up import feature

FEATURES = (
    feature("wage_90d", description="Wages in 90 days.", phrase="近三个月工资{value}元"),
    feature(
        "job_lost", dtype="boolean", unit="yes/no", description="Lost a job.", phrase="有人失业"
    ),
    feature("tenure", dtype="category", description="How the home is held."),
)


def _rows(number: int = 400) -> pd.DataFrame:
    generator = np.random.default_rng(3)
    return pd.DataFrame(
        {
            "wage_90d": generator.uniform(0, 9000, number).round(),
            "job_lost": pd.array(generator.random(number) < 0.5, dtype="boolean"),
            "tenure": pd.array(generator.choice(["owned", "private"], number)),
            "label": (generator.random(number) < 0.5).astype(float),
        }
    )


def test_the_missed_are_told_by_where_they_are() -> None:
    rows = _rows()
    in_need = rows["label"] == 1
    missed = in_need & (rows["wage_90d"] > 6000)

    tree = error_tree(rows, (~missed).to_numpy(), question="missed", features=FEATURES)

    assert (tree.rows, tree.errors) == (int(in_need.sum()), int(missed.sum()))
    worst = tree.leaves[0]
    assert (worst.errors, worst.rows) == (tree.errors, tree.errors)
    [condition] = worst.conditions
    assert condition.split.feature.name == "wage_90d"
    assert 5900 < condition.threshold < 6100
    whole, first, *_ = tree.sentences()
    assert whole.startswith(f"{tree.errors} of {tree.rows} households in need were not on the list")
    assert "“Wages in 90 days” > 5994 yuan" in first
    assert first.startswith("100 % (")
    assert "近三个月工资> 5994元" in tree.sentences(language="zh")[1]


def test_the_wrongly_listed_are_looked_for_among_known_answers_only() -> None:
    rows = _rows()
    rows["label"] = np.where(rows["tenure"] == "private", 0.0, 1.0)
    rows.loc[:99, "label"] = np.nan
    listed = np.arange(400) < 300

    tree = error_tree(rows, listed, question="wrongly listed", features=FEATURES)

    known = listed & rows["label"].notna().to_numpy()
    assert tree.rows == known.sum() == 200
    assert tree.errors == int((rows["label"][known] == 0).sum())
    assert "= private" in tree.sentences()[1] or "≠ owned" in tree.sentences()[1]


def test_the_unknown_are_said_to_go_where_they_go() -> None:
    rows = _rows()
    rows["label"] = 1.0
    rows.loc[rows.index % 3 == 0, "wage_90d"] = np.nan
    listed = rows["wage_90d"].notna().to_numpy()

    tree = error_tree(rows, listed, question="missed", features=FEATURES)

    assert tree.leaves[0].share.value > 0.9
    assert "or unknown" in tree.sentences()[1]


def test_leaves_hold_every_row_once() -> None:
    rows = _rows()
    listed = np.random.default_rng(5).random(400) < 0.5

    tree = error_tree(rows, listed, question="missed", features=FEATURES)

    assert sum(leaf.rows for leaf in tree.leaves) == tree.rows
    assert sum(leaf.errors for leaf in tree.leaves) == tree.errors
    assert all(len(leaf.conditions) <= 3 for leaf in tree.leaves)


def test_too_few_rows_grow_no_tree() -> None:
    rows = _rows(FEWEST - 1).assign(label=1.0)
    listed = np.arange(FEWEST - 1) % 2 == 0

    [sentence] = error_tree(rows, listed, question="missed", features=FEATURES).sentences()

    assert "too few to say where" in sentence
    enough = pd.concat([rows, rows.iloc[:1]], ignore_index=True)
    listed = np.append(listed, False)
    assert (
        "too few"
        not in error_tree(enough, listed, question="missed", features=FEATURES).sentences()[0]
    )
