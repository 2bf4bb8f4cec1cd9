-- How much is known, how fresh it is, how sure the links are.
WITH told AS (
    SELECT household_id, 'medical' AS feed, m.event_date
    FROM known_medical_settlements AS m JOIN persons USING (person_id)
    UNION ALL
    SELECT household_id, 'utilities', b.event_date
    FROM known_utility_bills AS b JOIN accounts_now USING (account_id)
    UNION ALL
    SELECT household_id, 'work', s.event_date
    FROM known_social_insurance AS s JOIN persons USING (person_id)
    UNION ALL
    SELECT household_id, 'insurance', i.event_date
    FROM known_medical_insurance AS i JOIN persons USING (person_id)
    UNION ALL
    SELECT p.household_id, 'tenure', t.event_date
    FROM known_housing_tenure AS t JOIN persons AS p USING (person_id)
    UNION ALL
    SELECT household_id, 'pensions', n.event_date
    FROM known_pensions AS n JOIN persons USING (person_id)
    UNION ALL
    SELECT household_id, 'benefits', f.event_date
    FROM known_benefits AS f JOIN persons USING (person_id)
    UNION ALL
    SELECT f.household_id, 'visits', v.event_date
    FROM known_visits AS v JOIN filed AS f ON v.household_id = f.filed_id
),
per_feed AS (
    SELECT household_id, feed, min(event_date) AS first_on, max(event_date) AS last_on
    FROM told
    GROUP BY household_id, feed
),
per_household AS (
    SELECT household_id,
           max(last_on) FILTER (feed = 'medical') AS medical_on,
           max(last_on) FILTER (feed = 'utilities') AS utilities_on,
           max(last_on) FILTER (feed = 'work') AS work_on,
           count(*) AS feeds,
           count(*) FILTER (first_on >= DATE '{as_of_date}' - 365) AS new_feeds,
           min(first_on) FILTER (feed IN ('medical', 'utilities', 'work')) AS began
    FROM per_feed
    GROUP BY household_id
),
accounts AS (
    SELECT household_id, min(probability) AS weakest
    FROM supplied
    JOIN addresses_now USING (address_id)
    WHERE accepted
    GROUP BY household_id
),
concluded AS (
    SELECT household_id, min(confidence) AS weakest
    FROM living_somewhere
    GROUP BY household_id
),
home AS (
    SELECT household_id, count(*) FILTER (birth_date IS NULL) AS ageless
    FROM members
    GROUP BY household_id
),
twice AS (
    SELECT household_id, count(*) AS people
    FROM (
        SELECT p.household_id, p.person_id
        FROM known_residents AS r
        JOIN persons AS p USING (person_id)
        WHERE r.valid_to IS NULL OR r.valid_to >= DATE '{as_of_date}'
        GROUP BY p.household_id, p.person_id
        HAVING count(DISTINCT r.household_id) > 1
    )
    GROUP BY household_id
)
SELECT h.household_id,
       DATE '{as_of_date}' - k.medical_on AS data_days_since_medical,
       DATE '{as_of_date}' - k.utilities_on AS data_days_since_utilities,
       DATE '{as_of_date}' - k.work_on AS data_days_since_work,
       8 - coalesce(k.feeds, 0) AS data_feeds_without_facts,
       coalesce(k.new_feeds, 0) AS data_feeds_first_seen_365d,
       (DATE '{as_of_date}' - k.began) * 12 / 365 AS data_months_of_history,
       a.weakest AS data_weakest_account_link,
       c.weakest AS data_weakest_membership,
       h.ageless AS data_members_without_birth_date,
       t.people AS data_members_registered_twice
FROM home AS h
LEFT JOIN per_household AS k USING (household_id)
LEFT JOIN accounts AS a USING (household_id)
LEFT JOIN concluded AS c USING (household_id)
LEFT JOIN twice AS t USING (household_id)
