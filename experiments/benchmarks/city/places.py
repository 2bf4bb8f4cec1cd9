"""How the feeds about places, meters and conclusions on them are drawn: queries (see :mod:`.small`)."""

ADDRESSES = """
SELECT address_id, 'g' || digits(no // 400) AS grid_id, 'k' || digits(no // 400) AS compound_id,
  1975 + pick(lots, 30, 48) AS built_year, md5('ad' || no) [1:24] AS sealed_mark,
  -6 AS begins, CAST(NULL AS INTEGER) AS ends, 0 AS day
FROM homes
"""

GRIDS = """
SELECT 'gv' || digits(no) AS grid_version_id, 'g' || digits(no) AS grid_id, '第' || no || '网格' AS grid_name,
  'c' || digits(no // 8) AS community_id, '社区' || (no // 8) AS community_name, 's' || digits(no // 80) AS street_id,
  '街道' || (no // 80) AS street_name, 'd' || digits(0) AS district_id,
  CASE WHEN no // 8 % 5 = 4 THEN 'rural' ELSE 'urban' END AS setting,
  -6 AS begins, CAST(NULL AS INTEGER) AS ends, 0 AS day
FROM (SELECT DISTINCT no // 400 AS no FROM homes)
"""

CAPACITIES = """
SELECT 'cp' || digits(no) AS capacity_id, 'g' || digits(no) AS grid_id, 'grid_worker' AS role,
  CAST(NULL AS VARCHAR) AS worker_id, CAST(NULL AS DATE) AS first_day, 20 AS visits_per_list,
  -6 AS begins, CAST(NULL AS INTEGER) AS ends, 0 AS day
FROM (SELECT DISTINCT no // 400 AS no FROM homes)
"""

ACCOUNTS = """
SELECT account_id, service, CAST(NULL AS VARCHAR) AS holder_phone, subsidised,
  md5('ua' || no) [1:24] AS sealed_mark, -6 AS begins, CAST(NULL AS INTEGER) AS ends, 0 AS day
FROM accounts
"""

# One account in three hundred is only doubtfully anybody's; three of a hundred may as well supply the home next door.
LINKS = """
SELECT translate(md5('k' || no) [1:24], '0123456789', 'ghijklmnop') AS link_id, account_id, address_id,
  no % 300 <> 11 AS accepted, CASE WHEN no % 300 = 11 THEN 0.6 ELSE 0.9 + (no % 100) / 1000.0 END AS probability, 'where=same;door=whole;holder=resident' AS evidence,
  'link-made-up' AS model, -3 AS begins, CASE WHEN no % 300 = 7 THEN 40 END AS ends, 0 AS day
FROM accounts
UNION ALL
SELECT translate(md5('q' || a.no) [1:24], '0123456789', 'ghijklmnop'), account_id, h.address_id,
  FALSE, 0.3 + (a.no % 300) / 1000.0, 'where=same;door=part;holder=unknown', 'link-made-up', -3, NULL, 0
FROM accounts AS a JOIN homes AS h ON h.no = a.home + 1 WHERE lot(a.no, 3) % 100 < 3
"""

INTERRUPTIONS = """
SELECT 'ui' || digits(no * 48 + begins) AS interruption_id, account_id, service,
  CASE WHEN pick(lots, 30, 10) < 6 THEN 'arrears' WHEN pick(lots, 30, 10) < 8 THEN 'fault' ELSE 'safety' END AS reason,
  begins, CASE WHEN pick(lots, 34, 10) < 8 THEN begins + 1 END AS ends, pick(lots, 42, 28) AS day
FROM (SELECT *, lot(no, 4) AS lots, CAST(lot(no, 5) % 48 AS INTEGER) AS begins FROM accounts)
WHERE lots % 1000 < (CASE WHEN poor THEN 120 ELSE 4 END)
"""

DANGERS = """
SELECT 'hd' || digits(no) AS assessment_id, address_id, ['A', 'B', 'B', 'C', 'D'][1 + pick(lots, 30, 5)] AS grade,
  pick(lots, 20, 60) - 12 AS begins, CASE WHEN pick(lots, 34, 10) = 0 THEN pick(lots, 20, 60) - 12 + 20 END AS ends,
  pick(lots, 42, 28) AS day
FROM homes WHERE pick(lots, 44, 100) < 3
"""

DISPUTES = """
SELECT 'd_' || md5('d' || no) [1:20] AS dispute_id, 'c_' || md5('c' || no) [1:20] AS conflict_id,
  'pensioner_employed' AS kind, 'pensions' AS disputed_feed, 'pn' || digits(no) AS disputed_fact_id,
  30 + pick(lots, 46, 18) AS begins, CASE WHEN pick(lots, 36, 2) = 0 THEN 33 + pick(lots, 46, 18) END AS ends,
  25 AS day
FROM persons WHERE age >= 61 AND pick(lots, 34, 100) < 85 AND pick(lots, 22, 200) = 0
"""
