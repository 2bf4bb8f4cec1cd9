-- Who visited each household by {as_of_date}, what was found, whom nobody met, whether help followed.
WITH seen AS (
    SELECT f.household_id, v.visit_id, v.event_date, v.channel, v.finding, v.needs,
           v.event_date >= DATE '{as_of_date}' - 365 AS in_365d,
           v.event_date >= DATE '{as_of_date}' - 730 AS in_730d,
           v.finding IN ('need_aid_started', 'need_no_entitlement') AS need_found
    FROM known_visits AS v
    JOIN filed AS f ON v.household_id = f.filed_id
),
helped AS (
    SELECT p.household_id, max(b.event_date) AS began
    FROM known_benefits AS b
    JOIN persons AS p USING (person_id)
    WHERE b.scheme IN ('dibao', 'tekun', 'dibao_edge', 'rigid_expense', 'temporary_aid')
    GROUP BY p.household_id
),
met AS (
    SELECT household_id, max(event_date) AS day
    FROM seen
    WHERE finding <> 'not_found'
    GROUP BY household_id
),
answers AS (
    SELECT household_id, finding
    FROM seen
    WHERE in_365d
      AND finding IN ('need_aid_started', 'need_no_entitlement', 'already_met', 'no_need')
    QUALIFY row_number() OVER (
        PARTITION BY household_id ORDER BY event_date DESC, visit_id DESC
    ) = 1
),
last_visit AS (
    SELECT household_id, finding, event_date
    FROM seen
    QUALIFY row_number() OVER (
        PARTITION BY household_id ORDER BY event_date DESC, visit_id DESC
    ) = 1
),
counted AS (
    SELECT s.household_id,
           count(*) FILTER (in_365d) AS contact_visits_365d,
           count(*) FILTER (in_365d AND channel IN ('trigger', 'list'))
             AS contact_alerted_visits_365d,
           count(*) FILTER (in_365d AND finding = 'not_found') AS contact_not_found_365d,
           count(*) FILTER (in_365d AND finding = 'refused') AS contact_refused_365d,
           count(*) FILTER (in_365d AND finding = 'need_no_entitlement')
             AS contact_need_without_entitlement_365d,
           count(*) FILTER (in_365d AND channel = 'self_report') AS contact_self_reports_365d,
           count(*) FILTER (in_365d AND need_found AND (h.began IS NULL OR h.began < event_date))
             AS contact_need_without_help_365d,
           count(*) FILTER (in_730d AND need_found AND (h.began IS NULL OR h.began < event_date))
             AS contact_need_without_help_730d,
           count(DISTINCT finding) FILTER (in_730d) AS contact_different_findings_730d,
           DATE '{as_of_date}' - max(event_date) FILTER (need_found)
             AS contact_days_since_need_found,
           count(*) FILTER (finding = 'not_found' AND (m.day IS NULL OR event_date > m.day))
             AS contact_not_found_since_met
    FROM seen AS s
    LEFT JOIN helped AS h USING (household_id)
    LEFT JOIN met AS m USING (household_id)
    GROUP BY s.household_id
),
named AS (
    SELECT household_id, count(DISTINCT need) AS needs
    FROM (
        SELECT household_id, unnest(string_split(needs, ';')) AS need FROM seen WHERE in_730d
    )
    WHERE need IN ('cash', 'care', 'job', 'school', 'housing', 'mental')
    GROUP BY household_id
)
SELECT c.*,
       coalesce(n.needs, 0) AS contact_needs_named_730d,
       a.finding = 'need_no_entitlement' AS contact_need_is_known,
       DATE '{as_of_date}' - l.event_date AS contact_days_since_visit,
       l.finding AS contact_last_finding
FROM counted AS c
JOIN last_visit AS l USING (household_id)
LEFT JOIN answers AS a USING (household_id)
LEFT JOIN named AS n USING (household_id)
