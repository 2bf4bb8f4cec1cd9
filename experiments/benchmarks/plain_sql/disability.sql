-- Who holds a certificate, how severe, and who is left to care.
WITH told AS (
    SELECT household_id, person_id, c.event_date, valid_to, kind, grade, certificate_id,
           valid_to IS NULL OR valid_to >= DATE '{as_of_date}' AS in_force
    FROM persons
    JOIN known_disability_certificates AS c USING (person_id)
),
newest AS (
    FROM told
    WHERE in_force
    QUALIFY row_number() OVER (
        PARTITION BY household_id, person_id ORDER BY event_date DESC, certificate_id DESC
    ) = 1
),
one_before AS (
    SELECT t.household_id, t.person_id, t.grade AS grade_before
    FROM told AS t
    JOIN newest AS n USING (household_id, person_id)
    WHERE t.event_date < n.event_date
    QUALIFY row_number() OVER (
        PARTITION BY t.household_id, t.person_id ORDER BY t.event_date DESC, t.certificate_id DESC
    ) = 1
),
judged AS (
    SELECT n.household_id, n.person_id, n.grade, m.age,
           n.grade <= 2 AS severe,
           n.kind IN ('mental', 'intellectual') AS mind,
           n.event_date >= DATE '{as_of_date}' - 365 AS fresh,
           grade_before
    FROM newest AS n
    JOIN members AS m USING (household_id, person_id)
    LEFT JOIN one_before USING (household_id, person_id)
),
held AS (
    SELECT household_id,
           count(*) AS holders,
           count(*) FILTER (severe) AS severe,
           count(*) FILTER (mind) AS mind,
           count(*) FILTER (severe OR mind) AS in_care,
           count(*) FILTER (age < 18) AS children,
           count(*) FILTER (age >= 60) AS elders,
           count(*) FILTER (age < 60) AS younger,
           min(grade) AS worst,
           count(*) FILTER (fresh) AS new,
           count(*) FILTER (fresh AND grade < grade_before) AS worse
    FROM judged
    GROUP BY ALL
),
lapsed AS (
    SELECT household_id, count(DISTINCT person_id) AS lapsed
    FROM told
    WHERE valid_to < DATE '{as_of_date}' AND valid_to >= DATE '{as_of_date}' - 365
      AND (household_id, person_id) NOT IN (SELECT (household_id, person_id) FROM newest)
    GROUP BY ALL
),
home AS (
    SELECT household_id,
           count(*) FILTER (age BETWEEN 18 AND 59 AND n.person_id IS NULL) AS carers,
           count(*) FILTER (age >= 60) AS elders_at_home
    FROM members AS m
    LEFT JOIN newest AS n USING (household_id, person_id)
    GROUP BY ALL
)
SELECT household_id,
       holders AS disability_members,
       holders > 1 AS disability_several_at_home,
       children AS disability_children,
       elders AS disability_elders,
       younger > 0 AND elders_at_home > 0 AS disability_with_elder,
       severe AS disability_severe_members,
       worst AS disability_worst_grade,
       mind AS disability_mind_members,
       new AS disability_new_365d,
       worse AS disability_worse_365d,
       lapsed AS disability_lapsed_365d,
       coalesce(in_care, 0) / (carers + 1) AS disability_care_load,
       in_care > 0 AND carers = 0 AS disability_no_carer
FROM home
LEFT JOIN held USING (household_id)
LEFT JOIN lapsed USING (household_id);
