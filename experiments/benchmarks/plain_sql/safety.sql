-- Water meters that fell silent, or ran, in the last days.
WITH readings AS (
    SELECT a.household_id, r.event_date, r.usage, r.usage >= 0.01 AS used
    FROM known_meter_readings AS r
    JOIN own_accounts AS a USING (account_id)
    WHERE r.service = 'water' AND a.since <= DATE '{as_of_date}' - 37
      AND r.event_date >= DATE '{as_of_date}' - 37
),
homes AS (
    SELECT household_id,
           max(event_date) FILTER (event_date >= DATE '{as_of_date}' - 7) AS read_on,
           max(event_date) FILTER (used) AS used_on,
           max(usage) FILTER (event_date >= DATE '{as_of_date}' - 3) AS most
    FROM readings
    GROUP BY household_id
)
SELECT household_id,
       CASE WHEN read_on - used_on <= 30 THEN read_on - used_on END AS safety_water_still_days,
       most AS safety_water_most_3d
FROM homes
