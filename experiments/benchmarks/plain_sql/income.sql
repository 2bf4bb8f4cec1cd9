-- Income on record of a year, and what care, school and rent take of it.
WITH spells AS (
    SELECT person_id, monthly_amount, event_date, valid_to FROM known_pensions
    UNION ALL
    SELECT person_id, monthly_amount, event_date, valid_to FROM known_unemployment_benefit
),
parts AS (
    SELECT person_id, CAST(round(wage_base * 10000) AS BIGINT) AS amount
    FROM known_social_insurance
    WHERE event_date >= DATE '{as_of_date}' - 365
    UNION ALL
    -- Twelve times the monthly amount for each of the 365 days a spell covered.
    SELECT person_id, CAST(round(monthly_amount * 10000 * 12 / 365 * greatest(0, (
               least(coalesce(valid_to, DATE '{as_of_date}'), DATE '{as_of_date}')
               - greatest(event_date, DATE '{as_of_date}' - 365)
           ))) AS BIGINT)
    FROM spells
),
earned AS (
    SELECT person_id, sum(amount) AS amount FROM parts GROUP BY ALL HAVING sum(amount) > 0
),
incomes AS (
    SELECT household_id, sum(amount) / 10000.0 AS income, count(*) AS earners
    FROM persons
    JOIN earned USING (person_id)
    GROUP BY ALL
),
-- The family pays for its members and for those it lost.
paid AS (
    SELECT person_id,
           sum(CAST(round(self_paid * 10000) AS BIGINT)) AS year,
           sum(CAST(round(self_paid * 10000) AS BIGINT))
               FILTER (event_date >= DATE '{as_of_date}' - 90) AS quarter
    FROM known_medical_settlements
    WHERE event_date >= DATE '{as_of_date}' - 365
    GROUP BY ALL
),
care AS (
    SELECT household_id, sum(year) / 10000.0 AS year, sum(quarter) / 10000.0 AS quarter
    FROM (FROM persons UNION ALL FROM lost_persons)
    JOIN paid USING (person_id)
    GROUP BY ALL
),
school AS (
    SELECT household_id,
           sum(CAST(round(greatest(fee_due - aid_amount, 0) * 10000) AS BIGINT)) / 10000.0 AS fees
    FROM persons
    JOIN known_education AS e USING (person_id)
    WHERE e.event_date >= DATE '{as_of_date}' - 365
    GROUP BY ALL
),
leases AS (
    SELECT household_id, t.monthly_rent
    FROM persons
    JOIN known_housing_tenure AS t USING (person_id)
    WHERE (valid_to IS NULL OR valid_to >= DATE '{as_of_date}') AND monthly_rent > 0
    QUALIFY row_number() OVER (
        PARTITION BY household_id ORDER BY t.event_date DESC, tenure_id DESC
    ) = 1
),
lines AS (
    SELECT (SELECT max_by(yuan, since)
            FROM (VALUES (DATE '2018-07-01', 900), (DATE '2019-07-01', 960),
                         (DATE '2020-07-01', 1010), (DATE '2021-08-18', 1060),
                         (DATE '2023-07-01', 1095), (DATE '2024-07-01', 1115),
                         (DATE '2025-07-01', 1167)) AS dibao(since, yuan)
            WHERE since <= DATE '{as_of_date}') AS dibao,
           (SELECT max_by(yuan, since)
            FROM (VALUES (DATE '2022-02-01', 35128), (DATE '2023-02-01', 36883),
                         (DATE '2024-02-01', 39218), (DATE '2025-02-01', 41314),
                         (DATE '2026-02-01', 43377)) AS disposable(since, yuan)
            WHERE since <= DATE '{as_of_date}') AS ordinary,
           CASE WHEN DATE '{as_of_date}' >= DATE '2024-01-01' THEN 0.60 END AS rigid
),
side_by_side AS (
    SELECT household_id, size, income, earners, monthly_rent, dibao, ordinary, rigid,
           coalesce(year, 0) AS year,
           coalesce(quarter, 0) AS quarter,
           (coalesce(year, 0) + coalesce(fees, 0) + 12 * coalesce(monthly_rent, 0)) / income
               AS necessary
    FROM (SELECT household_id, count(*) AS size FROM members GROUP BY ALL)
    CROSS JOIN lines
    LEFT JOIN incomes USING (household_id)
    LEFT JOIN care USING (household_id)
    LEFT JOIN school USING (household_id)
    LEFT JOIN leases USING (household_id)
)
SELECT household_id,
       income IS NULL AS income_not_on_record_365d,
       income / 12 / size AS income_per_person_month_365d,
       size / earners AS income_mouths_per_earner_365d,
       quarter / (income / 4) AS income_med_burden_90d,
       year / income AS income_med_burden_365d,
       (income - year) / 12 / size AS income_after_care_per_person_month_365d,
       income / 12 / size >= dibao AND (income - year) / 12 / size < dibao
           AS income_care_takes_below_line_365d,
       monthly_rent * 12 / income AS income_rent_burden_365d,
       necessary AS income_necessary_spending_share_365d,
       income / size < ordinary AND necessary > rigid AS income_is_rigid_spending_365d
FROM side_by_side;
