"""A dwelling has one account of a service at a time: who keeps the link where two claim it."""

import pyarrow as pa
import pytest

from data_contracts.linkage.contests import KNOWN_HOLDER, rivals, settled
from data_contracts.linkage.levels import COMPARISONS, CONTESTED, gammas_of
from tests.tables import table


def candidates(*rows: tuple[str, str, str]) -> pa.Table:
    """Return accepted links: account, dwelling, level of the holder."""
    return pa.table(
        {
            "account_id": [row[0] for row in rows],
            "address_id": [row[1] for row in rows],
            "match_weight": [9.0] * len(rows),
            "probability": [0.99] * len(rows),
            "accepted": [True] * len(rows),
            "evidence": [f"where=same;door=whole;holder={row[2]}" for row in rows],
        }
    )


def accounts(drawing: str) -> pa.Table:
    rows = table(drawing)
    return pa.table(
        {
            "account_id": pa.array(list(rows["account_id"]), pa.string()),
            "service": pa.array(list(rows["service"]), pa.string()),
            "valid_to": pa.Array.from_pandas(rows["valid_to"]).cast(pa.timestamp("us")),
        }
    )


TWO_METERS = """
    account_id | service | valid_to
    u1         | power   | ?
    u2         | power   | ?
    """


def accepted(found: pa.Table) -> list[str]:
    return [row["account_id"] for row in found.to_pylist() if row["accepted"]]


@pytest.mark.parametrize(
    ("first", "second", "kept"),
    [
        ("resident", "other", ["u1"]),
        ("surname", "known", ["u2"]),
        ("other", "surname", []),
        ("other", "unknown", []),
        ("resident", "phone", ["u1", "u2"]),
    ],
)
def test_the_known_holder_keeps_the_door(first: str, second: str, kept: list[str]) -> None:
    found = settled(candidates(("u1", "a1", first), ("u2", "a1", second)), accounts(TWO_METERS))

    assert accepted(found) == kept
    lost = [row for row in found.to_pylist() if not row["accepted"]]
    assert all(row["evidence"].endswith(CONTESTED) for row in lost)
    assert all(row["probability"] == 0.99 for row in lost)


def test_another_service_another_door_or_a_closed_account_contests_nothing() -> None:
    found = settled(
        candidates(
            ("u1", "a1", "other"),
            ("u2", "a1", "other"),
            ("u3", "a2", "other"),
            ("u4", "a1", "other"),
        ),
        accounts("""
            account_id | service | valid_to
            u1         | power   | ?
            u2         | water   | ?
            u3         | power   | ?
            u4         | power   | 2024-01-01
            """),
    )

    assert accepted(found) == ["u1", "u2", "u3", "u4"]


def test_whoever_claims_or_lost_a_door_in_question_is_looked_at_again() -> None:
    held = candidates(
        ("u1", "a1", "resident"),
        ("u2", "a2", "other"),
        ("u3", "a3", "other"),
        ("u4", "a9", "other"),
    )
    lost = [False, False, True, False]
    held = pa.table(
        {
            **{name: held[name] for name in ("account_id", "address_id")},
            "accepted": [not one for one in lost],
            "evidence": [
                text + CONTESTED * one
                for text, one in zip(held["evidence"].to_pylist(), lost, strict=True)
            ],
            "valid_to": pa.nulls(4, pa.date32()),
        }
    )
    own_before = held.slice(2, 1).set_column(0, "account_id", pa.array(["u9"]))

    found = candidates(("u9", "a1", "other"))

    assert rivals(found, pa.concat_tables([held, own_before]), looked_at=frozenset({"u9"})) == {
        "u1",
        "u3",
    }
    assert rivals(found, held, looked_at=frozenset({"u9", "u1"})) == frozenset()


def test_a_contested_link_can_still_be_shown() -> None:
    evidence = "where=same;door=whole;holder=other"

    assert gammas_of(evidence + CONTESTED) == gammas_of(evidence)


def test_known_holders_are_levels_of_the_comparison() -> None:
    assert set(KNOWN_HOLDER) < {level.code for level in COMPARISONS["holder"]}
