from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from data_contracts.linkage.levels import COMPARISONS
from data_contracts.linkage.match_weights import waterfall, weights
from data_contracts.linkage.splink_desk.settings import initial_settings, prior_of
from data_contracts.pseudonyms import simulated_key
from experiments.linkage import charts
from experiments.linkage.judge import compare
from experiments.linkage.labels import LabelsUnreadable, read_labels
from tests.tables import table


def accounts() -> pd.DataFrame:
    return table("""
        account_id | address_id | holder_kind | text_kind
        -----------+------------+-------------+--------------------
        u1         | a1         | own         | exact
        u2         | a1         | own         | short_form+typo
        u3         | a2         | landlord    | short_form+no_room
        u4         | a3         | own         | exact
        """)


def links() -> pd.DataFrame:
    rows = table("""
        account_id | address_id | probability | accepted
        -----------+------------+-------------+---------
        u1         | a1         | 0.99        | true
        u1         | a9         | 0.01        | false
        u2         | a9         | 0.95        | true
        u3         | a2         | 0.50        | false
        gone       | a1         | 0.99        | true
        """)
    return rows.assign(
        accepted=rows["accepted"].astype(str).str.lower().eq("true"),
        probability=rows["probability"].astype(float),
    )


def test_precision_is_over_what_was_accepted_and_recall_over_every_account() -> None:
    judged = compare(links(), accounts())

    assert (judged.accounts, judged.accepted) == (4, 2)
    assert judged.precision.value == 1 / 2
    assert judged.recall.value == 1 / 4
    assert judged.precision.low <= 0.5 <= judged.precision.high


def test_a_text_counts_under_its_hardest_fault_and_an_unlinked_kind_has_no_precision() -> None:
    told = compare(links(), accounts()).table("text_kind")

    assert told["accounts"].to_dict() == {"exact": 2, "no_room": 1, "typo": 1}
    assert np.isnan(told.loc["no_room", "precision"])
    assert told.loc["exact", "recall"] == 0.5


def test_checked_accounts_may_be_raw_or_pseudonyms_and_an_empty_address_is_none(
    tmp_path: Path,
) -> None:
    keyring = simulated_key(tmp_path / "key", seed=1)
    [pseudonym] = keyring.pseudonyms("account", pa.array(["1234567890"])).to_pylist()
    path = tmp_path / "checked.csv"
    path.write_text(f"account_id,address_id\n{pseudonym},a1\n0987654321,\n", encoding="utf-8")

    rows = read_labels(path, keyring).to_pylist()

    assert rows[0] == {"account_id": pseudonym, "address_id": "a1"}
    assert rows[1]["account_id"].startswith("u")
    assert rows[1]["address_id"] is None


def test_an_account_checked_twice_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "checked.csv"
    path.write_text("account_id,address_id\n1234567890,a1\n1234567890,a2\n", encoding="utf-8")

    with pytest.raises(LabelsUnreadable, match="twice"):
        read_labels(path, simulated_key(tmp_path / "key", seed=1))


def test_pictures_are_drawn_from_numbers_alone() -> None:
    settings = prior_of(initial_settings(), dwellings=1000)
    steps = waterfall(settings, dict.fromkeys(COMPARISONS, -1))
    judged = compare(links(), accounts())
    figures = [
        charts.match_weights(weights(settings), origin="nobody"),
        charts.waterfall(steps, probability=0.5, pair="account u1, dwelling a1", origin="nobody"),
        charts.precision_recall(judged.best, accounts=4, accepting=0.8, origin="nobody"),
    ]

    for figure in figures:
        assert figure.axes
    assert sum(weight for _, _, weight in steps[1:]) == 0
