"""Homes, people, addresses and meters of the city: tables of DuckDB everything else is drawn from.

Ids have the length of real ones: pseudonyms of 25 characters, numbers of departments of 11 or 12.
"""

import duckdb

from experiments.benchmarks.city.plan import CityPlan

HOMES_OF_A_GRID = 400

_MACROS = """
CREATE MACRO digits(x) AS CAST(1000000000 + (x * 7654321 + {seed}) % 9000000000 AS VARCHAR);
CREATE MACRO lot(no, salt) AS hash(no * 1048576 + {seed} * 1024 + salt);
CREATE MACRO pick(lots, place, among) AS CAST((lots >> place) % among AS INTEGER);
CREATE MACRO pseudonym(letter, no) AS letter || substr(md5(letter || '{seed}.' || no), 1, 24);
CREATE MACRO day_of(month, days) AS
  CAST(DATE '2022-07-01' + to_months(CAST(month AS INTEGER)) AS DATE) + CAST(days AS INTEGER);
"""

_HOMES = """
CREATE TABLE homes AS
WITH drawn AS (SELECT range AS no, lot(range, 1) AS lots FROM range({households})),
shaped AS (
  SELECT no, 'h' || digits(no) AS household_id,
    [1,1,1,1,2,2,2,2,2,2,3,3,3,3,3,4,4,4,5,6][1 + pick(lots, 0, 20)] AS size,
    22 + pick(lots, 8, 66) AS head_age, pick(lots, 16, 100) < 4 AS poor,
    CASE WHEN pick(lots, 24, 300) < 48 THEN pick(lots, 24, 300) END AS moves_in,
    pick(lots, 40, 100) = 0 AS splits, lots
  FROM drawn)
SELECT *, 'a' || digits(no) AS address_id,
  -- Those who move in one month move into each other's homes.
  CASE WHEN moves_in IS NOT NULL THEN 'a' || digits(coalesce(
    lead(no) OVER (PARTITION BY moves_in ORDER BY no), min(no) OVER (PARTITION BY moves_in))) END AS next_address_id
FROM shaped
"""

_PERSONS = """
CREATE TABLE persons AS
WITH each AS (
  SELECT h.no * 8 + k AS no, h.no AS home, CAST(k AS INTEGER) AS k, h.size, h.head_age, h.poor, h.moves_in,
    lot(h.no * 8 + k, 2) AS lots
  FROM homes AS h, unnest(range(h.size)) AS t(k)),
related AS (
  SELECT *, CASE WHEN k = 0 THEN 'head' WHEN k = 1 AND pick(lots, 0, 100) < 75 THEN 'spouse'
    WHEN k <= 2 OR head_age < 60 THEN 'child' WHEN k = 3 THEN 'parent' ELSE 'grandchild' END AS relation
  FROM each),
aged AS (
  SELECT *, CASE relation WHEN 'head' THEN head_age WHEN 'spouse' THEN head_age - 3 + pick(lots, 8, 7)
    WHEN 'parent' THEN least(head_age + 24, 99)
    WHEN 'child' THEN greatest(head_age - 24 - pick(lots, 8, 12), pick(lots, 12, 5))
    ELSE greatest(head_age - 52 - pick(lots, 8, 8), 1) END AS age
  FROM related)
SELECT no, home, k, size, poor, moves_in, lots, relation, age, pseudonym('p', no) AS person_id,
  DATE '2026-06-20' - age * 365 - pick(lots, 16, 365) AS birth_date,
  CASE WHEN pick(lots, 26, 2) = 0 THEN 'male' ELSE 'female' END AS sex,
  CASE WHEN age < 23 THEN 'never' WHEN relation = 'spouse' OR size > 1 THEN 'married'
    WHEN age > 70 THEN 'widowed' ELSE 'divorced' END AS marital_status,
  CASE WHEN pick(lots, 28, 100) < 80 THEN 'here' WHEN pick(lots, 28, 100) < 90 THEN 'same_district'
    ELSE 'elsewhere' END AS hukou,
  pick(lots, 36, 100) < (CASE WHEN age >= 60 THEN 40 ELSE 8 END) AS is_chronic,
  age BETWEEN 22 AND 59 AND pick(lots, 44, 100) < 58 AS works,
  2800 + pick(lots, 44, 9000) AS wage,
  -- One in sixty leaves for good, if the home does not move as a whole.
  CASE WHEN k > 0 AND moves_in IS NULL AND pick(lots, 58, 64) = 0 THEN pick(lots, 20, 48) END AS leaves_in
FROM aged
"""

_ACCOUNTS = """
CREATE TABLE accounts AS
SELECT no * 3 + s AS no, pseudonym('u', no * 3 + s) AS account_id, h.address_id, h.no AS home, h.poor,
  ['power', 'water', 'gas'][1 + s] AS service,
  [150.0, 12.0, 18.0][1 + s] * (0.5 + pick(lots, 8, 1000) / 1000.0) AS usual,
  [0.54, 3.2, 2.9][1 + s] AS price, poor AND pick(lots, 12, 3) = 0 AS subsidised
FROM homes AS h, unnest(range(3)) AS t(s)
"""


def settle(con: duckdb.DuckDBPyConnection, plan: CityPlan) -> None:
    """Create ``homes``, ``persons``, ``accounts`` and the macros facts are drawn with."""
    for statement in (*_MACROS.strip().split(";\n"), _HOMES, _PERSONS, _ACCOUNTS):
        written = statement.format(seed=plan.seed, households=plan.households).rstrip(";\n")
        con.execute(written)
