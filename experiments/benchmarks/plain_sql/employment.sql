-- Who contributes, who stopped, what the wages are, whose unemployment benefit ran out.
WITH paid AS (
    SELECT *, CAST(round(wage_base * 10000) AS BIGINT) AS base,
           datediff('month', event_date, (SELECT max(event_date) FROM known_social_insurance))
               AS months_ago
    FROM known_social_insurance
    WHERE event_date >= DATE '{as_of_date}' - 365
),
workers AS (
    SELECT person_id,
           count(*) AS months,
           min(months_ago) AS gap,
           max(months_ago) - min(months_ago) + 1 AS stretch,
           max(event_date) AS last_on,
           max(event_date) FILTER (kind = 'employed') AS employed_on,
           max(event_date) FILTER (kind = 'flexible') AS flexible_on,
           count(*) FILTER (event_date >= DATE '{as_of_date}' - 180) AS months_lately,
           count(*) FILTER (event_date >= DATE '{as_of_date}' - 180
                            AND event_date >= DATE '2024-01-01' AND wage_base <= 4879) AS at_floor,
           round(sum(base) FILTER (months_ago < 3) / count(*) FILTER (months_ago < 3)) AS base_now,
           round(sum(base) FILTER (months_ago BETWEEN 3 AND 8)
                 / count(*) FILTER (months_ago BETWEEN 3 AND 8)) AS base_before
    FROM paid
    GROUP BY ALL
),
work AS (
    SELECT household_id,
           count(*) AS workers,
           count(*) FILTER (gap < 2) AS contributing,
           count(*) FILTER (gap >= 2) AS stopped,
           min(gap) AS gap,
           sum(months) AS months,
           sum(greatest(stretch - months, 0)) AS missed,
           count(*) FILTER (flexible_on > employed_on) AS turned_flexible,
           CASE WHEN DATE '{as_of_date}' >= DATE '2024-01-01'
                THEN count(*) FILTER (months_lately > 0 AND at_floor = months_lately) END AS at_floor,
           coalesce(sum(CASE WHEN gap < 2 THEN base_now ELSE 0 END), 0) / 10000.0 AS wages_now,
           sum(base_before) / 10000.0 AS wages_before
    FROM persons
    JOIN workers USING (person_id)
    GROUP BY ALL
),
claims AS (
    SELECT household_id, person_id, valid_to,
           coalesce(valid_to < DATE '{as_of_date}', false) AS ended
    FROM persons
    JOIN known_unemployment_benefit USING (person_id)
),
claimed AS (
    SELECT household_id,
           count(*) FILTER (NOT ended) AS in_force,
           count(*) FILTER (NOT ended AND valid_to < DATE '{as_of_date}' + 60) AS ending,
           count(*) FILTER (ended AND valid_to >= DATE '{as_of_date}' - 180) AS ended
    FROM claims
    GROUP BY ALL
),
ran_out AS (
    SELECT household_id, count(*) AS ran_out
    FROM (
        SELECT household_id, person_id, max(valid_to) AS over_on, bool_and(ended) AS all_ended
        FROM claims
        GROUP BY ALL
    )
    LEFT JOIN workers USING (person_id)
    WHERE all_ended AND over_on >= DATE '{as_of_date}' - 180
      AND (last_on IS NULL OR last_on <= over_on)
    GROUP BY ALL
),
home AS (
    SELECT household_id,
           count(*) AS size,
           count(*) FILTER (age BETWEEN 16 AND 59) AS working_age,
           count(*) FILTER (
               age BETWEEN 16 AND 59
               AND person_id NOT IN (SELECT person_id FROM workers)
               AND person_id NOT IN (
                   SELECT person_id FROM known_unemployment_benefit
                   WHERE valid_to IS NULL OR valid_to >= DATE '{as_of_date}' - 365
               )
               AND person_id NOT IN (
                   SELECT person_id FROM known_pensions
                   WHERE valid_to IS NULL OR valid_to >= DATE '{as_of_date}'
               )
           ) AS without_record
    FROM members
    GROUP BY ALL
)
SELECT household_id,
       contributing AS work_contributing_members,
       CASE WHEN working_age > 0 THEN least(coalesce(contributing, 0) / working_age, 1) END
           AS work_contributing_share,
       stopped AS work_stopped_members_365d,
       workers = 1 AND stopped = 1 AS work_single_earner_stopped_365d,
       turned_flexible AS work_turned_flexible_365d,
       gap AS work_months_since_contribution,
       months AS work_months_contributed_365d,
       missed AS work_gap_months_365d,
       wages_now / size AS work_wages_per_person,
       1 - wages_now / nullif(wages_before, 0) AS work_wage_fall,
       at_floor AS work_at_floor_members_180d,
       in_force AS work_unemployment_claims,
       ending AS work_unemployment_ending_soon,
       ended AS work_unemployment_ended_180d,
       ran_out AS work_unemployment_ran_out_180d,
       without_record AS work_members_without_record_365d
FROM home
LEFT JOIN work USING (household_id)
LEFT JOIN claimed USING (household_id)
LEFT JOIN ran_out USING (household_id);
