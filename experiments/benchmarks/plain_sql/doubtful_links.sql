-- People and meters that may belong to the household.
WITH people AS (
    SELECT household_id, count(*) AS people FROM doubtful_persons GROUP BY household_id
),
told AS (
    SELECT h.household_id, h.person_id, h.birth_date
    FROM known_household_members AS h
    JOIN doubtful_persons USING (household_id, person_id)
    WHERE h.valid_to IS NULL OR h.valid_to >= DATE '{as_of_date}'
    QUALIFY row_number() OVER (
        PARTITION BY h.household_id, h.person_id ORDER BY h.event_date DESC, h.membership_id DESC
    ) = 1
),
minors AS (
    SELECT household_id, count(*) AS children
    FROM told
    WHERE (year(birth_date) + 18) * 10000 + month(birth_date) * 100 + day(birth_date)
          > CAST(strftime(DATE '{as_of_date}', '%Y%m%d') AS INTEGER)
    GROUP BY household_id
),
care AS (
    SELECT d.household_id, sum(CAST(round(m.self_paid * 10000) AS BIGINT)) / 10000.0 AS self_paid
    FROM known_medical_settlements AS m
    JOIN doubtful_persons AS d USING (person_id)
    WHERE m.event_date >= DATE '{as_of_date}' - 365
    GROUP BY d.household_id
),
severe AS (
    SELECT d.household_id, count(DISTINCT c.person_id) AS people
    FROM known_disability_certificates AS c
    JOIN doubtful_persons AS d USING (person_id)
    WHERE (c.valid_to IS NULL OR c.valid_to >= DATE '{as_of_date}') AND c.grade <= 2
    GROUP BY d.household_id
),
owed AS (
    SELECT d.household_id,
           count(*) AS bills,
           sum(CAST(round(b.amount_due * 10000) AS BIGINT)) / 10000.0 AS amount
    FROM known_utility_bills AS b
    JOIN doubtful_accounts AS d USING (account_id)
    WHERE b.event_date >= DATE '{as_of_date}' - 365
      AND b.paid_on IS NULL AND b.due_date < b.reported_on
    GROUP BY d.household_id
)
SELECT s.household_id,
       p.people AS doubtful_people,
       m.children AS doubtful_children,
       c.self_paid AS doubtful_self_paid_365d,
       v.people AS doubtful_severe_people,
       o.bills AS doubtful_unpaid_bills_365d,
       o.amount AS doubtful_unpaid_amount_365d
FROM spine AS s
LEFT JOIN people AS p USING (household_id)
LEFT JOIN minors AS m USING (household_id)
LEFT JOIN care AS c USING (household_id)
LEFT JOIN severe AS v USING (household_id)
LEFT JOIN owed AS o USING (household_id)
