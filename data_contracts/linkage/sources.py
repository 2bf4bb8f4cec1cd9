"""What linking may look at on one night: account texts, standard addresses, and who was ever known where.

Names and texts come from the sealed store, everything else from the lake, both as known just before the night.
Who was known at a dwelling: everybody registered there now or once (the dead parents in whose name the meter still
runs included), owners and tenants, pupils and their guardians.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.compute as pc
from ibis.backends.duckdb import Backend

from data_contracts.contract import Contract
from data_contracts.lake import Lake
from data_contracts.lake_tables import KNOWN_FROM, KNOWN_UNTIL
from data_contracts.linkage.records import Sources
from data_contracts.sealed import SealedStore

ACCOUNTS, ADDRESSES, RESIDENTS = "utility_accounts", "addresses", "residents"
PLACES_OF_PEOPLE = {
    "housing_tenure": ("person_id",),
    "education": ("person_id", "guardian_id"),
}
"""Further feeds that place people at an address, with the columns that name them."""
_PEOPLE = pa.schema(
    [
        ("address_id", pa.string()),
        ("name", pa.string()),
        ("phone", pa.string()),
        ("current", pa.bool_()),
        (KNOWN_FROM, pa.timestamp("us")),
    ]
)


@dataclass(frozen=True)
class Night:
    """The sources of one night, and what of them is new.

    ``accounts``: account_id, service, event_date, valid_to, known_from. ``new_accounts`` and ``new_addresses``: about which
    something became known since the last time.
    """

    sources: Sources
    accounts: pa.Table
    new_accounts: frozenset[str]
    new_addresses: frozenset[str]


def night(
    con: Backend,
    lake: Lake,
    sealed: SealedStore,
    contracts: Mapping[str, Contract],
    *,
    since: datetime | None,
    before: datetime,
) -> Night:
    """Read what was known just before a time.

    Args:
        con: where to read the lake.
        lake: of the home.
        sealed: of the home.
        contracts: contracts by feed.
        since: what became known from this time on is new; None: everything is.
        before: what was received at or after this time is not known yet.
    """
    texts = sealed.rows(con, contracts[ACCOUNTS], before=before)
    accounts = known(con, lake, contracts[ACCOUNTS], before=before)
    accounts = accounts.join(
        texts.select(["account_id", "holder_name", "address_text"]), "account_id", join_type="inner"
    )
    dwellings = sealed.rows(con, contracts[ADDRESSES], before=before)
    people = _people(con, lake, sealed, contracts, before=before)
    return Night(
        sources=Sources(
            accounts=accounts.select(
                ["account_id", "holder_name", "holder_phone", "address_text"]
            ).sort_by("account_id"),
            dwellings=dwellings.select(["address_id", "address_text"]),
            people=people.drop_columns([KNOWN_FROM]),
        ),
        accounts=accounts.select(["account_id", "service", "event_date", "valid_to", KNOWN_FROM]),
        new_accounts=_since(accounts, "account_id", since),
        new_addresses=_since(dwellings, "address_id", since) | _since(people, "address_id", since),
    )


def known(con: Backend, lake: Lake, contract: Contract, *, before: datetime) -> pa.Table:
    """Return the versions of a feed's facts known just before a time."""
    facts: ir.Table = lake.facts(con, contract)
    standing = facts.filter(
        facts[KNOWN_FROM] < before, facts[KNOWN_UNTIL].isnull() | (facts[KNOWN_UNTIL] >= before)
    )
    return standing.drop(KNOWN_UNTIL).to_pyarrow()


def _since(rows: pa.Table, column: str, since: datetime | None) -> frozenset[str]:
    if since is not None:
        rows = rows.filter(pc.greater_equal(rows[KNOWN_FROM], pa.scalar(since, pa.timestamp("us"))))
    return frozenset(rows[column].unique().to_pylist())


def _people(
    con: Backend,
    lake: Lake,
    sealed: SealedStore,
    contracts: Mapping[str, Contract],
    *,
    before: datetime,
) -> pa.Table:
    """Return who is or was known at which address, with the name the register has for the person."""
    residents = contracts[RESIDENTS]
    register = known(con, lake, residents, before=before).join(
        sealed.rows(con, residents, before=before).select([residents.fact_id, "name"]),
        residents.fact_id,
        join_type="inner",
    )
    found = [_at(register, name=register["name"], phone=register["phone"])]
    names = (
        register.select(["person_id", "name"]).group_by("person_id").aggregate([("name", "max")])
    )
    for feed, columns in PLACES_OF_PEOPLE.items():
        if feed not in contracts:
            continue
        rows = known(con, lake, contracts[feed], before=before)
        for column in columns:
            placed = rows.filter(
                pc.and_(pc.is_valid(rows[column]), pc.is_valid(rows["address_id"]))
            ).join(names, column, "person_id", join_type="inner")
            found.append(
                _at(placed, name=placed["name_max"], phone=pa.nulls(placed.num_rows, pa.string()))
            )
    return pa.concat_tables(found)


def _at(rows: pa.Table, *, name: pa.ChunkedArray, phone: pa.ChunkedArray | pa.Array) -> pa.Table:
    return pa.table(
        {
            "address_id": rows["address_id"],
            "name": name,
            "phone": phone,
            "current": pc.is_null(rows["valid_to"]),
            KNOWN_FROM: rows[KNOWN_FROM],
        }
    ).cast(_PEOPLE)
