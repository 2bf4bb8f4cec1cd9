-- By what right, how safely and how crowded each household lives on {as_of_date}; rent it owes.
WITH tenures AS (
    SELECT p.household_id, t.*
    FROM known_housing_tenure AS t
    JOIN persons AS p USING (person_id)
),
tenure AS (
    SELECT t.household_id, t.tenure, t.floor_area, t.monthly_rent
    FROM tenures AS t
    SEMI JOIN own_addresses AS a USING (household_id, address_id)
    WHERE t.valid_to IS NULL OR t.valid_to >= DATE '{as_of_date}'
    QUALIFY row_number() OVER (
        PARTITION BY t.household_id ORDER BY t.event_date DESC, t.tenure_id DESC
    ) = 1
),
left_last AS (
    SELECT t.household_id, t.tenure, t.monthly_rent
    FROM tenures AS t
    ANTI JOIN own_addresses AS a USING (household_id, address_id)
    WHERE t.valid_to < DATE '{as_of_date}' AND t.valid_to >= DATE '{as_of_date}' - 730
    QUALIFY row_number() OVER (
        PARTITION BY t.household_id ORDER BY t.valid_to DESC, t.event_date DESC, t.tenure_id DESC
    ) = 1
),
danger AS (
    SELECT household_id, max(grade) AS grade
    FROM (
        SELECT a.household_id, ascii(d.grade) - ascii('A') + 1 AS grade
        FROM known_housing_danger AS d
        JOIN addresses_now AS a USING (address_id)
        WHERE d.valid_to IS NULL OR d.valid_to >= DATE '{as_of_date}'
        QUALIFY row_number() OVER (
            PARTITION BY a.household_id, a.address_id
            ORDER BY d.event_date DESC, d.assessment_id DESC
        ) = 1
    )
    GROUP BY household_id
),
ledger AS (
    SELECT household_id, sum(owed) / 10000.0 AS owed, count(*) FILTER (owed > 0) AS months,
           coalesce(DATE '{as_of_date}' - min(event_date) FILTER (owed > 0), 0) AS oldest
    FROM (
        SELECT a.household_id, r.event_date,
               CAST(round(greatest(r.rent_due - coalesce(r.rent_paid, 0), 0) * 10000) AS BIGINT) AS owed
        FROM known_public_rent_ledger AS r
        JOIN own_addresses AS a ON r.address_id = a.address_id AND r.event_date >= a.since
        WHERE r.event_date >= DATE '{as_of_date}' - 365
    )
    GROUP BY household_id
),
doors AS (SELECT address_id, count(*) - 1 AS others FROM own_addresses GROUP BY address_id),
homes AS (
    SELECT household_id, max(since) AS moved_in, max(others) AS others
    FROM own_addresses
    JOIN doors USING (address_id)
    GROUP BY household_id
),
lived AS (
    SELECT household_id, max(addresses) AS addresses
    FROM (
        SELECT p.household_id, p.person_id, count(DISTINCT m.address_id) AS addresses
        FROM persons AS p
        JOIN memberships AS m USING (person_id)
        WHERE m.valid_to IS NULL OR m.valid_to >= DATE '{as_of_date}' - 730
        GROUP BY ALL
    )
    GROUP BY household_id
),
sizes AS (SELECT household_id, count(*) AS size FROM members GROUP BY household_id)
SELECT s.household_id,
       t.tenure AS housing_tenure,
       d.grade AS housing_danger_grade,
       t.floor_area / z.size AS housing_floor_area_per_person,
       l.owed AS housing_rent_arrears_365d,
       l.months AS housing_rent_arrears_months_365d,
       l.oldest AS housing_rent_oldest_arrears_days,
       t.monthly_rent AS housing_monthly_rent,
       t.monthly_rent - o.monthly_rent AS housing_rent_change_730d,
       o.tenure = 'owned' AND t.tenure <> 'owned' AS housing_gave_up_own_home_730d,
       DATE '{as_of_date}' - h.moved_in AS housing_days_at_address,
       greatest(v.addresses - 1, 0) AS housing_other_addresses_730d,
       h.others AS housing_other_households_at_address
FROM spine AS s
LEFT JOIN tenure AS t USING (household_id)
LEFT JOIN left_last AS o USING (household_id)
LEFT JOIN danger AS d USING (household_id)
LEFT JOIN ledger AS l USING (household_id)
LEFT JOIN homes AS h USING (household_id)
LEFT JOIN lived AS v USING (household_id)
LEFT JOIN sizes AS z USING (household_id)
