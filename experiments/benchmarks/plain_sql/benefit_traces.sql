-- Help seen in other departments' records, and help that nobody seems to have claimed.
WITH held AS (
    SELECT person_id, scheme
    FROM known_benefits
    WHERE valid_to IS NULL OR valid_to >= DATE '{as_of_date}'
),
tariffs AS (
    SELECT n.household_id, bool_or(u.subsidised) AS subsidised
    FROM known_utility_accounts AS u
    JOIN accounts_now AS n USING (account_id)
    WHERE u.valid_to IS NULL OR u.valid_to >= DATE '{as_of_date}'
    GROUP BY n.household_id
),
certificates AS (
    SELECT person_id, grade, kind
    FROM known_disability_certificates
    WHERE valid_to IS NULL OR valid_to >= DATE '{as_of_date}'
),
nursing AS (
    SELECT p.household_id, count(DISTINCT c.person_id) AS people
    FROM certificates AS c
    JOIN persons AS p USING (person_id)
    WHERE c.grade <= 2
      AND c.person_id NOT IN (
          SELECT person_id FROM held WHERE scheme IN ('disability_nursing', 'tekun')
      )
    GROUP BY p.household_id
),
home AS (
    SELECT household_id,
           count(*) FILTER (
               age >= 80
               AND person_id NOT IN (SELECT person_id FROM held WHERE scheme = 'old_age_allowance')
           ) AS aged,
           count(*) FILTER (age < 18) AS children,
           count(*) FILTER (
               age BETWEEN 18 AND 59
               AND person_id NOT IN (
                   SELECT person_id FROM certificates
                   WHERE grade <= 2 OR kind IN ('mental', 'intellectual')
               )
           ) AS able,
           count(*) = count(age) AS ages_known,
           bool_or(person_id IN (SELECT person_id FROM held WHERE scheme = 'orphan')) AS orphan
    FROM members
    GROUP BY household_id
),
family AS (
    FROM persons UNION FROM lost_persons
),
paid AS (
    SELECT f.household_id,
           sum(CAST(round(m.self_paid * 10000) AS BIGINT)) / 10000.0 AS self_paid,
           sum(CAST(round(m.aid_paid * 10000) AS BIGINT)) / 10000.0 AS aid,
           sum(CAST(round(m.total_amount * 10000) AS BIGINT)) / 10000.0 AS billed
    FROM known_medical_settlements AS m
    JOIN family AS f USING (person_id)
    WHERE m.event_date >= DATE '{as_of_date}' - 365
    GROUP BY f.household_id
),
spells AS (
    SELECT person_id, event_date, valid_to, monthly_amount FROM known_pensions
    UNION ALL
    SELECT person_id, event_date, valid_to, monthly_amount FROM known_unemployment_benefit
    UNION ALL
    SELECT person_id, event_date, valid_to, monthly_amount FROM known_benefits
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
    GROUP BY p.household_id
)
SELECT h.household_id,
       t.subsidised AS trace_has_subsidised_tariff,
       n.people AS trace_without_nursing_subsidy,
       h.aged AS trace_without_old_age_allowance,
       CASE WHEN h.able = 0 AND h.ages_known AND NOT h.orphan THEN h.children END
         AS trace_without_orphan_allowance,
       coalesce(p.self_paid, 0) / nullif(i.a_year, 0) AS trace_med_burden_with_benefits_365d,
       p.aid AS trace_medical_aid_365d,
       p.aid / nullif(p.billed, 0) AS trace_medical_aid_share_365d
FROM home AS h
LEFT JOIN tariffs AS t USING (household_id)
LEFT JOIN nursing AS n USING (household_id)
LEFT JOIN paid AS p USING (household_id)
LEFT JOIN income AS i USING (household_id)
