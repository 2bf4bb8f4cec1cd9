"""A fact's versions as a function of the set of its tellings, whatever the order they were judged in.

A telling is one row of one delivery. It is known from the day its delivery was received and has a place in
the order of the feed (:mod:`data_contracts.order`). Of the tellings known on a day the one with the highest
place holds. So, going through them as they became known: one that has a lower place than an earlier known one
never holds; one that repeats what holds begins no version; one overtaken in the same instant never held.

Folding happens at load and uses windows; what it finds is written down as rows and ends, so reading needs
none. Rows are never rewritten: a version that must end later than was written is closed where it begins and
written once more.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb
import pyarrow as pa

from data_contracts.contract import Contract
from data_contracts.lake_tables import lake_schema, retold_schema, superseded_schema
from data_contracts.order import Order

_STORED = """
CREATE OR REPLACE TEMP TABLE stored AS
WITH held AS (
  SELECT i.position, i.incoming_fact AS fact, f.delivery_id, f.written_by, f.known_from,
         f.filename AS file
  FROM read_parquet($facts, filename = true) AS f
  JOIN incoming AS i ON f."{fact}" = i.incoming_fact)
"""
_WITHOUT_ENDS = "SELECT *, CAST(NULL AS TIMESTAMP) AS known_until FROM held"
_WITH_ENDS = """
, ends AS (
  SELECT "{fact}" AS fact, delivery_id, written_by, min(known_until) AS known_until
  FROM read_parquet($ends) WHERE "{fact}" IN (SELECT fact FROM held) GROUP BY ALL)
SELECT held.*, ends.known_until
FROM held LEFT JOIN ends USING (fact, delivery_id, written_by)
"""

_CONTENTS = """
CREATE OR REPLACE TEMP TABLE contents AS
WITH one_row AS (
  SELECT position, fact, delivery_id, min(written_by) AS written_by FROM stored GROUP BY ALL),
every_row AS (
  SELECT s.position, f.delivery_id, f.written_by, {columns_of_f}
  FROM read_parquet($facts) AS f
  JOIN one_row AS s ON f."{fact}" = s.fact AND f.delivery_id = s.delivery_id
   AND f.written_by = s.written_by
  UNION ALL SELECT position, $own, $own, {columns} FROM incoming),
numbered AS (SELECT *, row_number() OVER () AS lake_row FROM every_row)
SELECT position, delivery_id, written_by, min(lake_row) OVER (PARTITION BY position, {columns}) AS class
FROM numbered
"""

_DESIRED = """
CREATE OR REPLACE TEMP TABLE desired AS
WITH said AS (
  SELECT position, delivery_id, delivery_id AS said_in FROM contents
  UNION SELECT i.position, r.delivery_id, r.said_in
  FROM {retold} AS r JOIN incoming AS i ON r."{fact}" = i.incoming_fact
  ANTI JOIN contents AS c ON c.position = i.position AND c.delivery_id = r.delivery_id),
tellings AS (
  SELECT s.position, s.delivery_id, o.received_at, o.place, c.class
  FROM said AS s JOIN orders AS o USING (delivery_id)
  JOIN contents AS c ON c.position = s.position AND c.delivery_id = s.said_in),
placed AS (
  SELECT *, max(place) OVER (PARTITION BY position ORDER BY received_at, place
                             ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS highest
  FROM tellings),
holding AS (
  SELECT *, lag(class) OVER (PARTITION BY position ORDER BY place) AS class_before
  FROM placed WHERE place = highest),
begun AS (
  SELECT *, lead(received_at) OVER (PARTITION BY position ORDER BY place) AS overtaken
  FROM holding WHERE class_before IS DISTINCT FROM class),
held AS (
  SELECT * EXCLUDE class_before, lag(class) OVER (PARTITION BY position ORDER BY place) AS class_before
  FROM begun WHERE overtaken IS NULL OR overtaken > received_at)
SELECT position, delivery_id, class, received_at AS known_from,
       lead(received_at) OVER (PARTITION BY position ORDER BY place) AS known_until
FROM held WHERE class_before IS DISTINCT FROM class
"""

_COMPARED = """
CREATE OR REPLACE TEMP TABLE compared AS
SELECT coalesce(d.position, s.position) AS position, coalesce(d.delivery_id, s.delivery_id) AS delivery_id,
       s.written_by, d.class, coalesce(d.known_from, s.known_from) AS known_from, d.known_until,
       s.position IS NOT NULL AND (d.position IS NULL
         OR coalesce(d.known_until, 'infinity') > coalesce(s.known_until, 'infinity')) AS dissolved,
       s.position IS NOT NULL
         AND coalesce(d.known_until, 'infinity') < coalesce(s.known_until, 'infinity') AS shortened,
       d.position IS NOT NULL AND (s.position IS NULL
         OR coalesce(d.known_until, 'infinity') > coalesce(s.known_until, 'infinity')) AS begins
FROM (SELECT * FROM stored WHERE known_until IS NULL OR known_until > known_from) AS s
FULL JOIN desired AS d ON d.position = s.position AND d.delivery_id = s.delivery_id
"""

# A row of the delivery that holds on no day is kept all the same, unless somebody said it before.
_OVERTAKEN = """
CREATE OR REPLACE TEMP TABLE overtaken AS
SELECT own.position,
       (SELECT min(c.delivery_id) FROM contents AS c
        WHERE c.position = own.position AND c.class = own.class AND c.delivery_id <> $own) AS said_in
FROM contents AS own
ANTI JOIN desired AS d ON d.position = own.position AND d.delivery_id = own.delivery_id
WHERE own.delivery_id = $own
"""

_OWN = """
SELECT position FROM desired WHERE delivery_id = $own
UNION ALL SELECT position FROM overtaken WHERE said_in IS NULL
ORDER BY position
"""

_REVIVED = """
SELECT {columns_of_f}, n.known_from, n.delivery_id, $own AS written_by
FROM compared AS n
JOIN (SELECT position, class, min({{'d': delivery_id, 'w': written_by}}) AS source
      FROM contents WHERE delivery_id <> $own GROUP BY ALL) AS c USING (position, class)
JOIN incoming AS i ON i.position = n.position
JOIN read_parquet($facts) AS f ON f."{fact}" = i.incoming_fact
 AND f.delivery_id = c.source.d AND f.written_by = c.source.w
WHERE n.begins AND n.delivery_id <> $own
ORDER BY n.position, n.known_from
"""

_SUPERSEDED = """
SELECT i.incoming_fact, e.delivery_id, e.written_by, e.known_until
FROM (
  SELECT position, delivery_id, written_by, known_from AS known_until FROM compared WHERE dissolved
  UNION ALL SELECT position, delivery_id, written_by, known_until FROM compared WHERE shortened
  UNION ALL SELECT position, delivery_id, $own, known_until FROM compared
  WHERE begins AND known_until IS NOT NULL
  UNION ALL SELECT position, $own, $own, CAST($received_at AS TIMESTAMP) FROM overtaken
  WHERE said_in IS NULL
) AS e JOIN incoming AS i USING (position)
ORDER BY e.position, e.known_until
"""

_RETOLD = """
SELECT i.incoming_fact, $own AS delivery_id, o.said_in
FROM overtaken AS o JOIN incoming AS i USING (position)
WHERE o.said_in IS NOT NULL ORDER BY o.position
"""


@dataclass(frozen=True)
class Changes:
    """What a late delivery changes, as the files of the lake hold it; ``positions`` are rows of its own."""

    positions: pa.ChunkedArray
    revived: pa.Table
    superseded: pa.Table
    retold: pa.Table


def find_stored(
    con: duckdb.DuckDBPyConnection,
    contract: Contract,
    *,
    facts: Sequence[str],
    ends: Sequence[str],
) -> None:
    """Put the lake's rows of the facts in table ``incoming`` into the table ``stored``.

    Only the id and columns that hardly vary are read: this runs over the whole history of a feed.
    """
    sql = _STORED + (_WITH_ENDS if ends else _WITHOUT_ENDS)
    files = {"facts": list(facts)} | ({"ends": list(ends)} if ends else {})
    con.execute(sql.format(fact=contract.fact_id), files)


def refold(
    con: duckdb.DuckDBPyConnection,
    contract: Contract,
    orders: Sequence[Order],
    *,
    own: Order,
    facts: Sequence[str],
    retold: Sequence[str],
) -> Changes:
    """Fold the facts in tables ``incoming`` and ``stored`` anew and return what that changes.

    Args:
        con: holds ``incoming`` (the delivery's rows) and ``stored``.
        contract: the contract of the feed.
        orders: the places of all deliveries of the feed, this one's included.
        own: this delivery's place.
        facts: facts files of the feed.
        retold: retold files of the feed.
    """
    _register_orders(con, orders)
    names = [column.name for column in contract.stored_columns]
    shapes = {
        "fact": contract.fact_id,
        "columns": ", ".join(f'"{name}"' for name in names),
        "columns_of_f": ", ".join(f'f."{name}"' for name in names),
        "retold": "read_parquet($retold)" if retold else _none_of(contract),
    }
    files = {"facts": list(facts)}
    who = {"own": own.delivery_id}
    con.execute(_CONTENTS.format(**shapes), files | who)
    con.execute(_DESIRED.format(**shapes), {"retold": list(retold)} if retold else {})
    con.execute(_COMPARED)
    con.execute(_OVERTAKEN, who)
    found = {
        name: con.sql(sql.format(**shapes), params=given).to_arrow_table()
        for name, sql, given in (
            ("own", _OWN, who),
            ("revived", _REVIVED, files | who),
            ("superseded", _SUPERSEDED, who | {"received_at": own.received_at}),
            ("retold", _RETOLD, who),
        )
    }
    changes = Changes(
        positions=found["own"]["position"],
        revived=_as(found["revived"], lake_schema(contract)),
        superseded=_as(found["superseded"], superseded_schema(contract)),
        retold=_as(found["retold"], retold_schema(contract)),
    )
    con.unregister("orders")
    for table in ("contents", "desired", "compared", "overtaken"):
        con.execute(f"DROP TABLE {table}")
    return changes


def _register_orders(con: duckdb.DuckDBPyConnection, orders: Sequence[Order]) -> None:
    places = sorted(orders)
    con.register(
        "orders",
        pa.table(
            {
                "delivery_id": [order.delivery_id for order in places],
                "received_at": pa.array(
                    [order.received_at for order in places], pa.timestamp("us")
                ),
                "place": list(range(len(places))),
            }
        ),
    )


def _none_of(contract: Contract) -> str:
    return (
        f'(SELECT CAST(NULL AS VARCHAR) AS "{contract.fact_id}", CAST(NULL AS VARCHAR) AS delivery_id,'
        " CAST(NULL AS VARCHAR) AS said_in WHERE false)"
    )


def _as(table: pa.Table, schema: pa.Schema) -> pa.Table:
    return table.rename_columns(schema.names).cast(schema)
