-- Income on record per member and month, less each line of the ladder in force on the date.
WITH lines AS (
    SELECT CASE WHEN day >= DATE '2025-07-01' THEN 1167 WHEN day >= DATE '2024-07-01' THEN 1115
                WHEN day >= DATE '2023-07-01' THEN 1095 WHEN day >= DATE '2021-08-18' THEN 1060
                WHEN day >= DATE '2020-07-01' THEN 1010 WHEN day >= DATE '2019-07-01' THEN 960
                WHEN day >= DATE '2018-07-01' THEN 900 END AS dibao,
           CASE WHEN day >= DATE '2021-07-01' THEN 1.5 END AS edge,
           CASE WHEN day >= DATE '2026-02-01' THEN 43377 WHEN day >= DATE '2025-02-01' THEN 41314
                WHEN day >= DATE '2024-02-01' THEN 39218 WHEN day >= DATE '2023-02-01' THEN 36883
                WHEN day >= DATE '2022-02-01' THEN 35128 END AS average
    FROM (SELECT DATE '{as_of_date}' AS day)
),
spells AS (
    SELECT person_id, event_date, valid_to, monthly_amount FROM known_pensions
    UNION ALL
    SELECT person_id, event_date, valid_to, monthly_amount FROM known_unemployment_benefit
),
amounts AS (
    SELECT person_id, wage_base AS amount
    FROM known_social_insurance
    WHERE event_date >= DATE '{as_of_date}' - 365
    UNION ALL
    SELECT person_id,
           monthly_amount * 12 / 365 * greatest(
               least(coalesce(valid_to, DATE '{as_of_date}'), DATE '{as_of_date}')
                 - greatest(event_date, DATE '{as_of_date}' - 365),
               0
           )
    FROM spells
),
income AS (
    SELECT p.household_id, sum(CAST(round(a.amount * 10000) AS BIGINT)) / 10000.0 AS a_year
    FROM amounts AS a
    JOIN persons AS p USING (person_id)
    WHERE a.amount > 0
    GROUP BY p.household_id
),
monthly AS (
    SELECT i.household_id, any_value(i.a_year) / 12 / count(*) AS yuan
    FROM income AS i
    JOIN members AS m USING (household_id)
    GROUP BY i.household_id
)
SELECT household_id,
       yuan - dibao AS relief_above_dibao_365d,
       yuan - dibao * edge AS relief_above_edge_365d,
       yuan - average / 12 AS relief_above_average_365d
FROM monthly, lines
