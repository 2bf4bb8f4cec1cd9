-- Benefits in force and ended, applications refused and pending.
WITH spells AS (
    SELECT p.household_id, b.*,
           b.scheme IN ('dibao', 'tekun', 'dibao_edge', 'rigid_expense', 'temporary_aid') AS covering,
           b.valid_to IS NULL OR b.valid_to >= DATE '{as_of_date}' AS running,
           -- From 2025 a recognition as a family of rigid spending holds at most 12 months.
           CASE WHEN b.valid_to IS NULL AND b.scheme = 'rigid_expense'
                     AND DATE '{as_of_date}' >= DATE '2025-01-01'
                THEN b.event_date + 365 ELSE b.valid_to END AS expected_end
    FROM known_benefits AS b
    JOIN persons AS p USING (person_id)
),
held AS (
    SELECT household_id,
           bool_or(covering AND running) AS covered,
           bool_or(scheme IN ('disability_living', 'disability_nursing') AND running) AS disability,
           count(DISTINCT scheme) FILTER (running) AS schemes,
           count(*) FILTER (
               covering AND running AND expected_end < DATE '{as_of_date}' + 60
           ) AS ending,
           count(*) FILTER (
               covering AND NOT running AND valid_to >= DATE '{as_of_date}' - 180
           ) AS ended,
           sum(greatest(
               least(coalesce(valid_to, DATE '{as_of_date}'), DATE '{as_of_date}')
                 - greatest(event_date, DATE '{as_of_date}' - 730),
               0
           )) FILTER (covering) AS relief_days,
           max(members_covered) FILTER (covering AND running) AS members_covered,
           max(valid_to) FILTER (covering AND NOT running) AS left_on
    FROM spells
    GROUP BY household_id
),
asked AS (
    SELECT p.household_id, a.*,
           a.decision = 'refused' AND a.decided_on >= DATE '{as_of_date}' - 365 AS refused,
           a.decision = 'pending' AND a.event_date >= DATE '{as_of_date}' - 365 AS pending
    FROM known_applications AS a
    JOIN persons AS p USING (person_id)
    WHERE a.scheme IN ('dibao', 'tekun', 'dibao_edge', 'rigid_expense', 'temporary_aid')
),
applied AS (
    SELECT household_id,
           count(*) FILTER (refused) AS refused,
           count(*) FILTER (refused AND refusal_reason = 'income') AS for_income,
           count(*) FILTER (refused AND refusal_reason = 'assets') AS for_assets,
           count(*) FILTER (refused AND refusal_reason = 'papers') AS for_papers,
           count(*) FILTER (refused AND refusal_reason = 'not_resident') AS for_residence,
           count(*) FILTER (pending) AS pending,
           min(event_date) FILTER (pending) AS oldest
    FROM asked
    GROUP BY household_id
),
sizes AS (
    SELECT household_id, count(*) AS people FROM members GROUP BY household_id
)
SELECT s.household_id,
       h.covered AS benefit_is_covered,
       h.disability AS benefit_has_disability_subsidy,
       h.schemes AS benefit_schemes,
       CASE WHEN h.covered THEN greatest(s.people - h.members_covered, 0) ELSE 0 END
         AS benefit_members_not_covered,
       CASE WHEN h.relief_days > 730 THEN 24 ELSE h.relief_days * 24 / 730 END
         AS benefit_relief_months_730d,
       h.ended AS benefit_ended_180d,
       h.ending AS benefit_ending_soon,
       CASE WHEN NOT h.covered THEN DATE '{as_of_date}' - h.left_on END AS benefit_days_since_exit,
       a.refused AS application_refused_365d,
       a.for_income AS application_refused_income_365d,
       a.for_assets AS application_refused_assets_365d,
       a.for_papers AS application_refused_papers_365d,
       a.for_residence AS application_refused_not_resident_365d,
       a.pending AS application_pending,
       DATE '{as_of_date}' - a.oldest AS application_pending_days
FROM sizes AS s
LEFT JOIN held AS h USING (household_id)
LEFT JOIN applied AS a USING (household_id)
