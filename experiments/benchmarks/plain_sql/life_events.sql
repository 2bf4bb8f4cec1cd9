-- What happened in the lives of those who live here or did within a year.
WITH events AS (
    SELECT p.household_id, e.*
    FROM known_life_events AS e
    JOIN past_persons AS p USING (person_id)
    WHERE e.event_date >= DATE '{as_of_date}' - 365
),
deaths AS (
    SELECT e.household_id, e.person_id, e.event_date,
           year(e.event_date) - year(m.birth_date) BETWEEN 16 AND 59 AS of_working_age
    FROM events AS e
    JOIN past_members AS m USING (household_id, person_id)
    WHERE e.kind = 'death'
),
died AS (
    SELECT household_id,
           count(DISTINCT person_id) AS deaths,
           count(DISTINCT person_id) FILTER (of_working_age) AS working_age_deaths
    FROM deaths
    GROUP BY household_id
),
-- A month reckoned after the death was earned before it.
earners AS (
    SELECT DISTINCT d.household_id
    FROM deaths AS d
    WHERE d.person_id IN (SELECT person_id FROM known_pensions)
       OR EXISTS (
           FROM known_social_insurance AS s
           WHERE s.person_id = d.person_id AND s.event_date >= d.event_date - 365
       )
),
counted AS (
    SELECT household_id,
           count(DISTINCT event_date) FILTER (kind = 'divorce') AS divorces,
           count(DISTINCT event_date) FILTER (kind = 'marriage') AS marriages,
           count(DISTINCT person_id) FILTER (kind = 'birth') AS births
    FROM events
    GROUP BY household_id
),
departed AS (
    SELECT household_id, count(*) AS departures
    FROM past_members
    WHERE (household_id, person_id) NOT IN (SELECT (household_id, person_id) FROM members)
    GROUP BY household_id
),
home AS (
    SELECT household_id,
           count(*) FILTER (age < 18) AS children,
           count(*) FILTER (
               joined >= DATE '{as_of_date}' - 365
               AND (birth_date IS NULL OR birth_date < DATE '{as_of_date}' - 365)
           ) AS came,
           min(joined) < DATE '{as_of_date}' - 365 AS was_there
    FROM members
    GROUP BY household_id
)
SELECT household_id,
       d.deaths AS life_deaths_365d,
       d.working_age_deaths AS life_working_age_deaths_365d,
       household_id IN (FROM earners) AS life_lost_earner_365d,
       CASE WHEN d.working_age_deaths > 0 THEN h.children END AS life_children_bereaved_365d,
       c.divorces AS life_divorces_365d,
       c.marriages AS life_marriages_365d,
       c.births AS life_births_365d,
       g.departures AS life_departures_365d,
       CASE WHEN h.was_there THEN h.came END AS life_arrivals_365d
FROM home AS h
LEFT JOIN died AS d USING (household_id)
LEFT JOIN counted AS c USING (household_id)
LEFT JOIN departed AS g USING (household_id)
