-- Properties registered on the members on {as_of_date} and a year before; the last asset check.
WITH held AS (
    SELECT p.household_id, p.person_id,
           coalesce(max(h.properties) FILTER (
               h.valid_to IS NULL OR h.valid_to >= DATE '{as_of_date}'
           ), 0) AS now,
           coalesce(max(h.properties) FILTER (
               h.event_date < DATE '{as_of_date}' - 365
               AND (h.valid_to IS NULL OR h.valid_to >= DATE '{as_of_date}' - 365)
           ), 0) AS before
    FROM known_property_holdings AS h
    JOIN persons AS p USING (person_id)
    GROUP BY ALL
),
homes AS (
    SELECT household_id, max(now) AS most, sum(now) AS total,
           max(greatest(now - before, 0)) AS gained, max(greatest(before - now, 0)) AS given_up
    FROM held
    GROUP BY household_id
),
checks AS (
    SELECT p.household_id, c.result, c.event_date
    FROM known_asset_checks AS c
    JOIN persons AS p USING (person_id)
    QUALIFY row_number() OVER (
        PARTITION BY p.household_id ORDER BY c.event_date DESC, c.check_id DESC
    ) = 1
)
SELECT s.household_id,
       h.most AS property_homes,
       h.total AS property_homes_at_most,
       h.gained AS property_gained_365d,
       h.given_up AS property_given_up_365d,
       coalesce(h.most, 0) = 0 AS property_is_none_on_record,
       c.result AS property_check_result,
       DATE '{as_of_date}' - c.event_date AS property_days_since_check
FROM spine AS s
LEFT JOIN homes AS h USING (household_id)
LEFT JOIN checks AS c USING (household_id)
