-- Who lives together. A minor is under 18, an elder 60 or older.
WITH counted AS (
    SELECT household_id,
           count(*) AS people,
           count(*) FILTER (age < 18) AS children,
           count(*) FILTER (age >= 60) AS elders,
           count(*) FILTER (age BETWEEN 18 AND 59) AS between_them,
           count(*) FILTER (age < 18 AND relation = 'grandchild') AS grandchildren,
           count(*) FILTER (age < 3) AS under_3,
           count(*) FILTER (age < 6) AS under_6,
           count(*) FILTER (age >= 80) AS aged_80,
           count(*) FILTER (age >= 90) AS aged_90,
           count(*) FILTER (marital_status = 'widowed') AS widowed,
           count(*) FILTER (hukou = 'elsewhere') AS elsewhere
    FROM members
    GROUP BY household_id
),
heads AS (
    SELECT household_id, age, sex
    FROM members
    WHERE relation = 'head'
    QUALIFY row_number() OVER (
        PARTITION BY household_id ORDER BY event_date DESC, membership_id DESC
    ) = 1
)
SELECT c.household_id,
       people AS household_size,
       children AS household_children,
       elders AS household_elders,
       (children + elders) / (people - children - elders + 1) AS household_dependency_ratio,
       children > 0 AND people - children = 1 AS household_is_single_parent,
       elders > 0 AND elders = people AS household_is_elders_alone,
       elders = 1 AND people = 1 AS household_is_one_elder,
       grandchildren > 0 AND elders > 0 AND people = children + elders AS household_is_left_behind,
       children > 0 AND elders > 0 AND between_them > 0 AS household_has_three_generations,
       under_3 AS household_under_3,
       under_6 AS household_under_6,
       aged_80 AS household_aged_80,
       aged_90 AS household_aged_90,
       widowed AS household_widowed,
       elsewhere AS household_members_hukou_elsewhere,
       h.age AS household_head_age,
       h.sex AS household_head_sex
FROM counted AS c
LEFT JOIN heads AS h USING (household_id)
