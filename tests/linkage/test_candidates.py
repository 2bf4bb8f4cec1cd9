import pyarrow as pa
import pytest

from data_contracts.linkage.candidates import candidates
from data_contracts.linkage.levels import COMPARISONS, code_of, gammas_of
from data_contracts.linkage.thresholds import Thresholds

THRESHOLDS = Thresholds(accepting=0.9, doubtful=0.05, source="made up")


def pairs(*rows: tuple[str, str, float]) -> pa.Table:
    gammas = {f"gamma_{name}": pa.array([-1] * len(rows), pa.int8()) for name in COMPARISONS}
    return pa.table(
        {
            "account_id": [row[0] for row in rows],
            "address_id": [row[1] for row in rows],
            "match_weight": [row[2] for row in rows],
            **gammas,
        }
    )


def shares(table: pa.Table) -> dict[str, tuple[float, bool]]:
    return {row["address_id"]: (row["probability"], row["accepted"]) for row in table.to_pylist()}


def test_one_clear_candidate_is_accepted() -> None:
    assert shares(candidates(pairs(("u1", "a1", 10.0)), THRESHOLDS)) == {"a1": (0.999, True)}


def test_two_that_fit_equally_share_one_whole_and_neither_is_accepted() -> None:
    found = shares(candidates(pairs(("u1", "a1", 10.0), ("u1", "a2", 10.0)), THRESHOLDS))

    assert found == {"a1": (0.5, False), "a2": (0.5, False)}


def test_another_accounts_candidates_take_nothing_away() -> None:
    found = candidates(pairs(("u1", "a1", 10.0), ("u2", "a1", 10.0)), THRESHOLDS)

    assert [row["accepted"] for row in found.to_pylist()] == [True, True]


@pytest.mark.parametrize(("weight", "kept"), [(-4.3, 0), (-4.2, 1)])
def test_what_is_less_likely_than_the_doubtful_threshold_is_not_kept(
    weight: float, kept: int
) -> None:
    assert candidates(pairs(("u1", "a1", weight)), THRESHOLDS).num_rows == kept


def test_huge_weights_do_not_overflow() -> None:
    found = shares(candidates(pairs(("u1", "a1", 3000.0), ("u1", "a2", 2990.0)), THRESHOLDS))

    assert found["a1"] == (0.999, True)


def test_evidence_says_levels_and_reads_back_to_them() -> None:
    for name, levels in COMPARISONS.items():
        codes = [code_of(name, gamma) for gamma in range(-1, len(levels) - 1)]
        assert len(set(codes)) == len(levels)
        for gamma, code in enumerate(codes, start=-1):
            assert gammas_of(f"{name}={code}") == {name: gamma}
