-- Who seems to be due an old-age, disability or children's allowance, or a tariff, that nobody is recorded to pay.
WITH paid AS (
    SELECT person_id,
           list(DISTINCT scheme) AS schemes,
           max(greatest(event_date, reported_on)) FILTER (scheme = 'old_age_allowance') AS told_on
    FROM known_benefits
    WHERE valid_to IS NULL OR valid_to >= DATE '{as_of_date}'
    GROUP BY person_id
),
papers AS (
    SELECT person_id, grade, kind IN ('mental', 'intellectual') AS mind
    FROM known_disability_certificates
    WHERE valid_to IS NULL OR valid_to >= DATE '{as_of_date}'
    QUALIFY row_number() OVER (
        PARTITION BY person_id ORDER BY event_date DESC, certificate_id DESC
    ) = 1
),
living AS (
    SELECT m.household_id, m.person_id, m.age, m.relation, m.marital_status,
           m.hukou IN ('here', 'same_district') AS local,
           year(DATE '{as_of_date}' + 62) - year(m.birth_date)
             - CASE WHEN strftime(DATE '{as_of_date}' + 62, '%m%d') < strftime(m.birth_date, '%m%d')
                    THEN 1 ELSE 0 END AS age_soon,
           coalesce(p.schemes, []) AS schemes,
           c.grade, coalesce(c.mind, false) AS mind,
           coalesce(c.grade <= 2 OR c.mind, false) AS unable,
           coalesce(p.told_on < DATE '{as_of_date}' - 365, false) AS due
    FROM members AS m
    LEFT JOIN paid AS p USING (person_id)
    LEFT JOIN papers AS c USING (person_id)
    WHERE person_id NOT IN (SELECT person_id FROM known_life_events WHERE kind = 'death')
),
bills AS (
    SELECT person_id, bool_or(diagnosis_group = 'major') AS major
    FROM known_medical_settlements
    WHERE event_date >= DATE '{as_of_date}' - 365
    GROUP BY person_id
),
asked AS (
    SELECT *,
           local AND NOT list_contains(schemes, 'old_age_allowance') AS unpaid,
           NOT list_has_any(schemes, ['disability_nursing', 'tekun']) AS no_nursing,
           local AND age < 18 AND NOT list_contains(schemes, 'orphan') AS minor
    FROM living
),
home AS (
    SELECT household_id,
           nullif(count(*) FILTER (unpaid AND age >= 65), 0) AS aged_65,
           count(*) FILTER ((unpaid AND age >= 65) IS NULL) AS aged_65_unsure,
           nullif(count(*) FILTER (unpaid AND age >= 70), 0) AS aged_70,
           count(*) FILTER ((unpaid AND age >= 70) IS NULL) AS aged_70_unsure,
           nullif(count(*) FILTER (unpaid AND age >= 80), 0) AS aged_80,
           count(*) FILTER ((unpaid AND age >= 80) IS NULL) AS aged_80_unsure,
           nullif(count(*) FILTER (unpaid AND age >= 90), 0) AS aged_90,
           count(*) FILTER ((unpaid AND age >= 90) IS NULL) AS aged_90_unsure,
           nullif(count(*) FILTER (unpaid AND age >= 100), 0) AS aged_100,
           count(*) FILTER ((unpaid AND age >= 100) IS NULL) AS aged_100_unsure,
           nullif(count(*) FILTER (unpaid AND age < 65 AND age_soon >= 65), 0) AS turning_65,
           count(*) FILTER ((unpaid AND age < 65 AND age_soon >= 65) IS NULL) AS turning_65_unsure,
           nullif(count(*) FILTER (unpaid AND age < 70 AND age_soon >= 70), 0) AS turning_70,
           count(*) FILTER ((unpaid AND age < 70 AND age_soon >= 70) IS NULL) AS turning_70_unsure,
           nullif(count(*) FILTER (unpaid AND age < 80 AND age_soon >= 80), 0) AS turning_80,
           count(*) FILTER ((unpaid AND age < 80 AND age_soon >= 80) IS NULL) AS turning_80_unsure,
           nullif(count(*) FILTER (unpaid AND age < 90 AND age_soon >= 90), 0) AS turning_90,
           count(*) FILTER ((unpaid AND age < 90 AND age_soon >= 90) IS NULL) AS turning_90_unsure,
           nullif(count(*) FILTER (unpaid AND age < 100 AND age_soon >= 100), 0) AS turning_100,
           count(*) FILTER ((unpaid AND age < 100 AND age_soon >= 100) IS NULL) AS turning_100_unsure,
           count(*) FILTER (due) AS due,
           count(*) FILTER (due AND person_id IN (SELECT person_id FROM bills)) AS due_seen,
           count(*) FILTER (grade <= 2 AND no_nursing) AS nursing_severe,
           count(*) FILTER (mind AND grade = 3 AND no_nursing) AS nursing_3,
           count(*) FILTER (mind AND grade = 4 AND no_nursing) AS nursing_4,
           count(*) FILTER (
               grade IS NOT NULL
               AND NOT list_has_any(schemes, ['disability_living', 'tekun', 'orphan'])
           ) AS disabled,
           count(*) FILTER (unpaid AND age >= 60 AND NOT list_contains(schemes, 'tekun')) AS elders,
           count(*) FILTER (
               (unpaid AND age >= 60 AND NOT list_contains(schemes, 'tekun')) IS NULL
           ) AS elders_unsure,
           count(*) FILTER (minor) AS minors,
           count(*) FILTER (minor IS NULL) AS minors_unsure,
           count(*) FILTER (minor AND relation = 'child') AS children,
           count(*) FILTER (minor AND relation = 'grandchild') AS grandchildren,
           bool_or(list_contains(schemes, 'dibao')) AS dibao,
           bool_or(list_contains(schemes, 'dibao_edge')) AS edge,
           bool_or(list_contains(schemes, 'tekun')) AS tekun
    FROM asked
    GROUP BY household_id
),
parents AS (
    SELECT household_id,
           count(*) FILTER (relation <> 'child' AND NOT (unable OR ill)) AS own_able,
           count(*) FILTER (relation <> 'child' AND (unable OR ill)) AS own_unable,
           coalesce(bool_or(relation <> 'child' AND marital_status = 'widowed'), false) AS widowed,
           count(*) FILTER (relation = 'child' AND NOT (unable OR ill)) AS grown_able,
           count(*) FILTER (relation = 'child' AND (unable OR ill)) AS grown_unable
    FROM (
        SELECT *, person_id IN (SELECT person_id FROM bills WHERE major) AS ill FROM living
    )
    WHERE age >= 18 AND relation IN ('head', 'spouse', 'child')
    GROUP BY household_id
),
last_lived AS (
    SELECT m.household_id, m.person_id, m.relation, m.birth_date
    FROM memberships AS m
    JOIN past_persons USING (household_id, person_id)
    QUALIFY row_number() OVER (
        PARTITION BY household_id, person_id ORDER BY m.event_date DESC, m.membership_id DESC
    ) = 1
),
dead AS (
    SELECT l.household_id,
           count(*) FILTER (relation IN ('head', 'spouse')) AS own_dead,
           count(*) FILTER (relation = 'child') AS grown_dead
    FROM last_lived AS l
    JOIN (
        SELECT person_id, max(event_date) AS died_on
        FROM known_life_events
        WHERE kind = 'death' AND event_date >= DATE '{as_of_date}' - 365
        GROUP BY person_id
    ) AS d USING (person_id)
    WHERE date_sub('year', l.birth_date, d.died_on) BETWEEN 18 AND 59
    GROUP BY l.household_id
),
told AS (
    SELECT h.household_id, h.minors, h.minors_unsure, h.children, h.grandchildren,
           CASE WHEN p.own_able > 0 THEN 'one_able'
                WHEN d.own_dead >= 2 THEN 'orphaned'
                WHEN coalesce(p.own_unable, 0)
                     + greatest(coalesce(d.own_dead, 0), CAST(coalesce(p.widowed, false) AS INT)) >= 2
                THEN 'both_unable'
                WHEN p.own_unable = 1 OR d.own_dead = 1 OR p.widowed THEN 'one_unable'
                ELSE 'none_told' END AS of_children,
           CASE WHEN d.grown_dead > 0 THEN 'one_unable'
                WHEN p.grown_able > 0 THEN 'one_able'
                WHEN p.grown_unable > 0 THEN 'one_unable'
                ELSE 'none_told' END AS of_grandchildren
    FROM home AS h
    LEFT JOIN parents AS p USING (household_id)
    LEFT JOIN dead AS d USING (household_id)
),
classes AS (
    SELECT household_id,
           CASE of_children WHEN 'orphaned' THEN children ELSE 0 END AS orphaned,
           CASE of_children WHEN 'both_unable' THEN children ELSE 0 END AS both_unable,
           CASE of_children WHEN 'one_unable' THEN children ELSE 0 END
             + CASE of_grandchildren WHEN 'one_unable' THEN grandchildren ELSE 0 END AS one_unable,
           CASE of_children WHEN 'none_told' THEN children ELSE 0 END
             + CASE of_grandchildren WHEN 'none_told' THEN grandchildren ELSE 0 END
             + minors - children - grandchildren AS none_told,
           CASE of_children WHEN 'one_able' THEN children ELSE 0 END
             + CASE of_grandchildren WHEN 'one_able' THEN grandchildren ELSE 0 END AS one_able
    FROM told
),
tariffs AS (
    SELECT n.household_id,
           bool_or(u.subsidised) FILTER (u.service = 'power') AS power,
           bool_or(u.subsidised) FILTER (u.service = 'heating') AS heating
    FROM known_utility_accounts AS u
    JOIN accounts_now AS n USING (account_id)
    WHERE u.valid_to IS NULL OR u.valid_to >= DATE '{as_of_date}'
    GROUP BY n.household_id
)
SELECT household_id,
       coalesce(aged_65, CASE WHEN aged_65_unsure = 0 THEN 0 END) AS sweep_aged_65_unpaid,
       coalesce(aged_70, CASE WHEN aged_70_unsure = 0 THEN 0 END) AS sweep_aged_70_unpaid,
       coalesce(aged_80, CASE WHEN aged_80_unsure = 0 THEN 0 END) AS sweep_aged_80_unpaid,
       coalesce(aged_90, CASE WHEN aged_90_unsure = 0 THEN 0 END) AS sweep_aged_90_unpaid,
       coalesce(aged_100, CASE WHEN aged_100_unsure = 0 THEN 0 END) AS sweep_aged_100_unpaid,
       coalesce(turning_65, CASE WHEN turning_65_unsure = 0 THEN 0 END) AS sweep_turning_65_unpaid,
       coalesce(turning_70, CASE WHEN turning_70_unsure = 0 THEN 0 END) AS sweep_turning_70_unpaid,
       coalesce(turning_80, CASE WHEN turning_80_unsure = 0 THEN 0 END) AS sweep_turning_80_unpaid,
       coalesce(turning_90, CASE WHEN turning_90_unsure = 0 THEN 0 END) AS sweep_turning_90_unpaid,
       coalesce(turning_100, CASE WHEN turning_100_unsure = 0 THEN 0 END) AS sweep_turning_100_unpaid,
       due AS sweep_allowance_due,
       due_seen AS sweep_allowance_due_seen_365d,
       nursing_severe AS sweep_nursing_severe,
       nursing_3 AS sweep_nursing_mind_3,
       nursing_4 AS sweep_nursing_mind_4,
       CASE WHEN dibao THEN disabled ELSE 0 END AS sweep_living_dibao,
       CASE WHEN edge AND NOT dibao THEN disabled ELSE 0 END AS sweep_living_edge,
       CASE WHEN NOT (dibao OR edge) THEN 0 WHEN elders > 0 OR elders_unsure = 0 THEN elders END
         AS sweep_elders_60_on_relief,
       CASE WHEN minors > 0 OR minors_unsure = 0 THEN minors END AS sweep_minors_unpaid,
       CASE WHEN orphaned > 0 OR minors_unsure = 0 THEN orphaned END AS sweep_minors_orphaned_365d,
       CASE WHEN both_unable > 0 OR minors_unsure = 0 THEN both_unable END AS sweep_minors_both_unable_365d,
       CASE WHEN one_unable > 0 OR minors_unsure = 0 THEN one_unable END AS sweep_minors_one_unable_365d,
       CASE WHEN none_told > 0 OR minors_unsure = 0 THEN none_told END AS sweep_minors_none_told_365d,
       CASE WHEN one_able > 0 OR minors_unsure = 0 THEN one_able END AS sweep_minors_one_able_365d,
       CASE WHEN NOT (dibao OR tekun) THEN false ELSE NOT power END AS sweep_power_without_tariff,
       CASE WHEN NOT (dibao OR tekun) THEN false ELSE NOT heating END AS sweep_heating_without_tariff
FROM home
JOIN classes USING (household_id)
LEFT JOIN tariffs USING (household_id)
