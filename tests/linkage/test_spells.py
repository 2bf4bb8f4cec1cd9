from datetime import date, datetime
from itertools import pairwise

import pyarrow as pa

from data_contracts.linkage.spells import ROWS, WITHDRAWN, link_id, links_of

OPENED, LATER = date(2020, 1, 1), datetime.fromisoformat("2026-05-10T08:00")
AT_FIRST, LAST_NIGHT = datetime.fromisoformat("2020-01-02"), datetime.fromisoformat("2026-05-01")


def accounts(*, valid_to: date | None = None, known_from: datetime = AT_FIRST) -> pa.Table:
    return pa.table(
        {
            "account_id": ["u1"],
            "event_date": [OPENED],
            "valid_to": pa.array([valid_to], pa.date32()),
            "known_from": [known_from],
        }
    )


def found(**probabilities: float) -> pa.Table:
    rows = [
        {
            "account_id": "u1",
            "address_id": address,
            "probability": probability,
            "accepted": probability >= 0.9,
            "evidence": "door=whole",
        }
        for address, probability in probabilities.items()
    ]
    schema = pa.schema(
        [
            f
            for f in ROWS
            if f.name in ("account_id", "address_id", "probability", "accepted", "evidence")
        ]
    )
    return pa.Table.from_pylist(rows, schema=schema)


def decide(
    new: pa.Table,
    held: pa.Table | None = None,
    told: pa.Table | None = None,
    *,
    since: datetime | None = None,
) -> dict[str, dict[str, object]]:
    rows = links_of(
        new,
        ROWS.empty_table() if held is None else held,
        accounts() if told is None else told,
        looked_at={"u1"},
        model="m",
        since=since,
    )
    return {row["address_id"]: row for row in rows.to_pylist()}


def held(**probabilities: float) -> pa.Table:
    return pa.Table.from_pylist(list(decide(found(**probabilities)).values()), schema=ROWS)


def test_a_link_lasts_as_long_as_its_account() -> None:
    rows = decide(found(a1=0.99), told=accounts(valid_to=date(2026, 1, 1)))

    assert (rows["a1"]["event_date"], rows["a1"]["valid_to"]) == (OPENED, date(2026, 1, 1))
    assert rows["a1"]["link_id"] == link_id("u1", "a1")


def test_what_is_concluded_again_is_no_news() -> None:
    assert decide(found(a1=0.99), held(a1=0.99)) == {}


def test_a_new_holder_who_lives_elsewhere_ends_one_link_and_begins_another() -> None:
    rows = decide(
        found(a2=0.99, a1=0.06),
        held(a1=0.99),
        accounts(known_from=LATER),
        since=LAST_NIGHT,
    )

    assert (rows["a1"]["event_date"], rows["a1"]["valid_to"]) == (OPENED, LATER.date())
    assert rows["a1"]["accepted"]
    assert (rows["a2"]["event_date"], rows["a2"]["valid_to"]) == (LATER.date(), None)


def test_a_new_holder_of_the_same_dwelling_changes_no_dates() -> None:
    rows = decide(found(a1=0.95), held(a1=0.99), accounts(known_from=LATER), since=LAST_NIGHT)

    assert (rows["a1"]["event_date"], rows["a1"]["valid_to"]) == (OPENED, None)
    assert rows["a1"]["probability"] == 0.95


def test_knowing_better_withdraws_a_link_as_if_it_had_never_been() -> None:
    rows = decide(found(a2=0.99), held(a1=0.99), since=LAST_NIGHT)

    assert rows["a1"]["valid_to"] == rows["a1"]["event_date"] == OPENED
    assert (rows["a1"]["accepted"], rows["a1"]["probability"]) == (False, 0.0)
    assert rows["a1"]["evidence"] == WITHDRAWN
    assert rows["a2"]["event_date"] == OPENED


def test_a_withdrawn_link_stays_withdrawn_without_new_evidence_and_returns_with_it() -> None:
    gone = pa.Table.from_pylist(list(decide(found(), held(a1=0.99)).values()), schema=ROWS)

    assert decide(found(), gone) == {}
    assert decide(found(a1=0.97), gone)["a1"]["valid_to"] is None


def test_at_most_one_link_is_accepted_at_any_time() -> None:
    first = held(a1=0.99)
    rows = decide(found(a2=0.99), first, accounts(known_from=LATER), since=LAST_NIGHT)
    spells = sorted(
        (row["event_date"], row["valid_to"] or date.max) for row in rows.values() if row["accepted"]
    )

    assert all(one[1] <= other[0] for one, other in pairwise(spells))


def test_a_link_that_ended_stays_as_it_was_whatever_is_looked_at_later() -> None:
    first = held(a1=0.99)
    then = decide(found(a2=0.99), first, accounts(known_from=LATER), since=LAST_NIGHT)
    both = pa.Table.from_pylist(list(then.values()), schema=ROWS)
    again = accounts(known_from=LATER)

    assert decide(found(a2=0.99), both, again) == {}
    assert decide(found(a2=0.99, a1=0.3), both, again) == {}


def test_knowing_better_after_a_move_does_not_reach_back_behind_it() -> None:
    then = decide(found(a2=0.99), held(a1=0.99), accounts(known_from=LATER), since=LAST_NIGHT)
    both = pa.Table.from_pylist(list(then.values()), schema=ROWS)

    rows = decide(found(a3=0.99), both, accounts(known_from=LATER))

    assert set(rows) == {"a2", "a3"}
    assert rows["a3"]["event_date"] == LATER.date()
    assert rows["a2"]["evidence"] == WITHDRAWN


def test_an_account_that_closes_ends_its_link_on_that_day() -> None:
    closed = accounts(valid_to=date(2026, 6, 30), known_from=LATER)

    rows = decide(found(a1=0.99), held(a1=0.99), closed, since=LAST_NIGHT)

    assert (rows["a1"]["event_date"], rows["a1"]["valid_to"]) == (OPENED, date(2026, 6, 30))
