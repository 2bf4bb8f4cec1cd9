-- Minors and the oldest where no able adult lives; silent where somebody's age is unknown.
WITH unable AS (
    SELECT DISTINCT person_id
    FROM known_disability_certificates
    WHERE (valid_to IS NULL OR valid_to >= DATE '{as_of_date}')
      AND (grade <= 2 OR kind IN ('mental', 'intellectual'))
),
counted AS (
    SELECT household_id,
           count(*) FILTER (age < 18) AS children,
           count(*) FILTER (age >= 80) AS aged_80,
           count(*) FILTER (age BETWEEN 18 AND 59 AND person_id NOT IN (FROM unable)) AS able
    FROM members
    GROUP BY household_id
    HAVING count(*) = count(age)
)
SELECT household_id,
       CASE WHEN able = 0 THEN children ELSE 0 END AS care_children_without_able_adult,
       CASE WHEN able = 0 THEN aged_80 ELSE 0 END AS care_aged_80_without_able_adult
FROM counted
