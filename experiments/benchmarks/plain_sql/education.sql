-- School: who learns at which stage, what a year costs, who left. Children of compulsory school age are 6 to 14.
WITH years AS (
    SELECT p.household_id, e.*
    FROM known_education AS e
    JOIN persons AS p USING (person_id)
),
enrolled AS (
    SELECT household_id,
           count(DISTINCT person_id) FILTER (stage = 'kindergarten') AS kindergarten,
           count(DISTINCT person_id) FILTER (stage IN ('primary', 'junior')) AS compulsory,
           count(DISTINCT person_id) FILTER (stage = 'senior') AS senior,
           count(DISTINCT person_id) FILTER (stage = 'tertiary') AS tertiary
    FROM years
    WHERE valid_to IS NULL OR valid_to >= DATE '{as_of_date}'
    GROUP BY household_id
),
money AS (
    SELECT household_id,
           sum(CAST(round(fee_due * 10000) AS BIGINT)) / 10000.0 AS due,
           sum(CAST(round(fee_paid * 10000) AS BIGINT)) / 10000.0 AS paid,
           sum(CAST(round((fee_due - fee_paid) * 10000) AS BIGINT)) / 10000.0 AS unpaid,
           sum(CAST(round(aid_amount * 10000) AS BIGINT)) / 10000.0 AS aid,
           sum(CAST(round(greatest(fee_due - aid_amount, 0) * 10000) AS BIGINT)) / 10000.0 AS after_aid
    FROM years
    WHERE event_date >= DATE '{as_of_date}' - 365
    GROUP BY household_id
),
left_early AS (
    SELECT household_id, count(DISTINCT person_id) AS dropouts
    FROM years
    WHERE leaving_reason = 'dropped_out'
      AND valid_to >= DATE '{as_of_date}' - 365 AND valid_to < DATE '{as_of_date}'
    GROUP BY household_id
),
reported AS (
    SELECT max(event_date) AS until FROM known_education
),
lately_at_school AS (
    SELECT person_id
    FROM known_education, reported
    WHERE valid_to IS NULL OR valid_to >= until - 120
),
missed AS (
    SELECT household_id, count(*) AS children
    FROM members, reported
    WHERE year(until) - year(birth_date)
            - CASE WHEN strftime(until, '%m%d') < strftime(birth_date, '%m%d') THEN 1 ELSE 0 END
          BETWEEN 7 AND 14
      AND person_id NOT IN (FROM lately_at_school)
    GROUP BY household_id
),
changed AS (
    SELECT household_id, count(DISTINCT person_id) AS members
    FROM (
        SELECT household_id, person_id
        FROM years
        WHERE event_date >= DATE '{as_of_date}' - 730
        GROUP BY household_id, person_id, stage
        HAVING count(DISTINCT school_id) > 1
    )
    GROUP BY household_id
)
SELECT s.household_id,
       e.kindergarten AS education_kindergarten_pupils,
       e.compulsory AS education_compulsory_pupils,
       e.senior AS education_senior_pupils,
       e.tertiary AS education_tertiary_students,
       m.due AS education_fees_due_365d,
       m.paid AS education_fees_paid_365d,
       m.unpaid AS education_fees_unpaid_365d,
       m.aid AS education_aid_365d,
       m.after_aid AS education_fees_after_aid_365d,
       d.dropouts AS education_dropouts_365d,
       n.children AS education_children_not_enrolled,
       c.members AS education_changed_school_730d
FROM spine AS s
LEFT JOIN enrolled AS e USING (household_id)
LEFT JOIN money AS m USING (household_id)
LEFT JOIN left_early AS d USING (household_id)
LEFT JOIN missed AS n USING (household_id)
LEFT JOIN changed AS c USING (household_id)
