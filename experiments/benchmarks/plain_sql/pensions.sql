-- What the retired receive, who lives on it, and elders without any.
WITH drawn AS (
    SELECT household_id, person_id, sum(CAST(round(monthly_amount * 10000) AS BIGINT)) AS monthly
    FROM persons
    JOIN known_pensions USING (person_id)
    WHERE valid_to IS NULL OR valid_to >= DATE '{as_of_date}'
    GROUP BY ALL
),
pensions AS (
    SELECT household_id,
           sum(monthly) / 10000.0 AS monthly,
           count(*) FILTER (monthly < 10000 * (
               SELECT max_by(yuan, since)
               FROM (VALUES (DATE '2018-07-01', 900), (DATE '2019-07-01', 960),
                            (DATE '2020-07-01', 1010), (DATE '2021-08-18', 1060),
                            (DATE '2023-07-01', 1095), (DATE '2024-07-01', 1115),
                            (DATE '2025-07-01', 1167)) AS dibao(since, yuan)
               WHERE since <= DATE '{as_of_date}'
           )) AS low
    FROM drawn
    GROUP BY ALL
),
home AS (
    SELECT household_id,
           count(*) AS size,
           count(*) FILTER (age >= 60 AND monthly IS NULL) AS elders_without
    FROM members
    LEFT JOIN drawn USING (household_id, person_id)
    GROUP BY ALL
),
stopped AS (
    SELECT household_id, count(DISTINCT person_id) AS stopped
    FROM persons AS p
    JOIN known_pensions USING (person_id)
    WHERE valid_to < DATE '{as_of_date}' AND valid_to >= DATE '{as_of_date}' - 365
      AND (household_id, person_id) NOT IN (SELECT (household_id, person_id) FROM drawn)
    GROUP BY ALL
),
-- Twelve times the monthly amount for each of the 365 days a spell covered.
spells AS (
    SELECT person_id, monthly_amount, event_date, valid_to, true AS pension FROM known_pensions
    UNION ALL
    SELECT person_id, monthly_amount, event_date, valid_to, false FROM known_unemployment_benefit
),
received AS (
    SELECT household_id,
           sum(parts) AS parts,
           sum(parts) FILTER (pension) AS pension_parts
    FROM persons
    JOIN (
        SELECT person_id, pension, CAST(round(monthly_amount * 10000 * 12 / 365 * greatest(0, (
                   least(coalesce(valid_to, DATE '{as_of_date}'), DATE '{as_of_date}')
                   - greatest(event_date, DATE '{as_of_date}' - 365)
               ))) AS BIGINT) AS parts
        FROM spells
    ) USING (person_id)
    GROUP BY ALL
),
wages AS (
    SELECT household_id, sum(CAST(round(wage_base * 10000) AS BIGINT)) AS parts, count(*) AS months
    FROM persons
    JOIN known_social_insurance AS s USING (person_id)
    WHERE s.event_date >= DATE '{as_of_date}' - 365
    GROUP BY ALL
)
SELECT household_id,
       coalesce(monthly, 0) / size AS pension_per_person_month,
       monthly IS NOT NULL AND months IS NULL AS pension_is_only_income,
       coalesce(pension_parts, 0)
           / nullif(coalesce(received.parts, 0) + coalesce(wages.parts, 0), 0)
           AS pension_share_of_income_365d,
       low AS pension_low_members,
       stopped AS pension_stopped_365d,
       elders_without AS pension_elders_without
FROM home
LEFT JOIN pensions USING (household_id)
LEFT JOIN stopped USING (household_id)
LEFT JOIN received USING (household_id)
LEFT JOIN wages USING (household_id);
