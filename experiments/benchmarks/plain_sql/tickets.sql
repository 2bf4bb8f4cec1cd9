-- Calls by each household, or about its home since it lives there, as known on {as_of_date}.
WITH calls AS (
    SELECT p.household_id, t.ticket_id, t.category, t.event_date, t.closed_on
    FROM known_tickets AS t
    JOIN persons AS p USING (person_id)
    UNION
    SELECT a.household_id, t.ticket_id, t.category, t.event_date, t.closed_on
    FROM known_tickets AS t
    JOIN own_addresses AS a ON t.address_id = a.address_id AND t.event_date >= a.since
),
judged AS (
    SELECT *, event_date >= DATE '{as_of_date}' - 365 AS in_365d,
           category IN ('income_help', 'medical_cost', 'elder_care', 'disability', 'school') AS for_help
    FROM calls
),
repeated AS (
    SELECT household_id, max(calls) AS most
    FROM (
        SELECT household_id, count(*) FILTER (in_365d) AS calls
        FROM judged
        GROUP BY household_id, category
    )
    GROUP BY household_id
)
SELECT j.household_id,
       count(*) FILTER (in_365d) AS tickets_365d,
       count(*) FILTER (for_help AND event_date >= DATE '{as_of_date}' - 90) AS tickets_help_90d,
       count(*) FILTER (for_help AND in_365d) AS tickets_help_365d,
       count(*) FILTER (category = 'income_help' AND in_365d) AS tickets_income_365d,
       count(*) FILTER (category = 'wages' AND in_365d) AS tickets_wages_365d,
       count(*) FILTER (category IN ('elder_care', 'disability') AND in_365d) AS tickets_care_365d,
       count(*) FILTER (category = 'school' AND in_365d) AS tickets_school_365d,
       any_value(r.most) AS tickets_same_theme_365d,
       count(*) FILTER (closed_on IS NULL) AS tickets_open,
       DATE '{as_of_date}' - min(event_date) FILTER (closed_on IS NULL) AS ticket_oldest_open_days,
       DATE '{as_of_date}' - max(event_date) AS ticket_days_since_last
FROM judged AS j
JOIN repeated AS r USING (household_id)
GROUP BY j.household_id
