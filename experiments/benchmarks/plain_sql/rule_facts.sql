-- What the rules of the relief ladder ask of each household on {as_of_date}.
WITH certified AS (
    SELECT p.household_id, p.person_id,
           CASE kind WHEN 'intellectual' THEN grade < 4 WHEN 'mental' THEN grade < 4
                     WHEN 'physical' THEN grade < 3 WHEN 'sight' THEN grade < 2 ELSE FALSE END AS unable,
           grade < 3 OR grade = 3 AND kind IN ('intellectual', 'mental') AS alone
    FROM known_disability_certificates AS c
    JOIN persons AS p USING (person_id)
    WHERE c.valid_to IS NULL OR c.valid_to >= DATE '{as_of_date}'
    QUALIFY row_number() OVER (
        PARTITION BY p.household_id, p.person_id ORDER BY c.event_date DESC, c.certificate_id DESC
    ) = 1
),
able AS (
    SELECT household_id,
           CASE WHEN bool_and(age IS NOT NULL) THEN count(*) FILTER (age IN (16, 17) AND can) END AS younger,
           CASE WHEN bool_and(age IS NOT NULL) THEN count(*) FILTER (age >= 18 AND age < 60 AND can) END AS older
    FROM (
        SELECT household_id, age,
               (household_id, person_id) NOT IN (
                   SELECT (household_id, person_id) FROM certified WHERE unable
               ) AS can
        FROM members
    )
    GROUP BY household_id
),
alone AS (
    SELECT household_id, count(*) AS persons FROM certified WHERE alone GROUP BY household_id
),
basic AS (
    SELECT household_id, sum(CAST(round(monthly_amount * 10000) AS BIGINT)) / 10000.0 AS yuan
    FROM known_pensions
    JOIN persons USING (person_id)
    WHERE kind = 'resident' AND (valid_to IS NULL OR valid_to >= DATE '{as_of_date}')
    GROUP BY household_id
),
months AS (
    SELECT person_id, event_date, kind, CAST(round(wage_base * 10000) AS BIGINT) AS base,
           event_date >= DATE '2024-01-01' AND wage_base <= 4879 AS at_floor,
           12 * year(last.day) + month(last.day) - 12 * year(event_date) - month(event_date) AS ago
    FROM known_social_insurance, (SELECT max(event_date) AS day FROM known_social_insurance) AS last
    WHERE event_date >= DATE '{as_of_date}' - 365
),
employed AS (
    SELECT person_id,
           round(sum(base) FILTER (ago < 3) / count(*) FILTER (ago < 3)) AS parts
    FROM months
    GROUP BY person_id
    HAVING min(ago) = 0
       AND max(event_date) FILTER (kind = 'employed') = max(event_date)
       AND count(*) FILTER (at_floor AND event_date >= DATE '{as_of_date}' - 180) = 0
),
certain AS (
    SELECT household_id, sum(parts) / 10000.0 AS yuan
    FROM (
        SELECT household_id, parts FROM employed JOIN persons USING (person_id)
        UNION ALL
        SELECT household_id, round(monthly_amount * 10000)
        FROM known_pensions JOIN persons USING (person_id)
        WHERE valid_to IS NULL OR valid_to >= DATE '{as_of_date}'
        UNION ALL
        SELECT household_id, round(monthly_amount * 10000)
        FROM known_unemployment_benefit JOIN persons USING (person_id)
        WHERE valid_to IS NULL OR valid_to >= DATE '{as_of_date}'
    )
    GROUP BY household_id
),
checks AS (
    SELECT p.household_id, c.*
    FROM known_asset_checks AS c
    JOIN persons AS p USING (person_id)
    QUALIFY row_number() OVER (
        PARTITION BY p.household_id ORDER BY c.event_date DESC, c.check_id DESC
    ) = 1
),
-- The family pays for its members and for those it lost.
care AS (
    SELECT household_id, sum(CAST(round(self_paid * 10000) AS BIGINT)) / 10000.0 AS yuan
    FROM (FROM persons UNION ALL FROM lost_persons)
    JOIN known_medical_settlements AS m USING (person_id)
    WHERE m.event_date >= DATE '{as_of_date}' - 365
    GROUP BY household_id
),
school AS (
    SELECT household_id,
           sum(CAST(round(greatest(fee_due - aid_amount, 0) * 10000) AS BIGINT)) / 10000.0 AS yuan
    FROM persons
    JOIN known_education AS e USING (person_id)
    WHERE e.event_date >= DATE '{as_of_date}' - 365
    GROUP BY household_id
),
rent AS (
    SELECT household_id,
           monthly_rent * 12 / 365 * least(365, DATE '{as_of_date}' - t.event_date) AS yuan
    FROM persons
    JOIN known_housing_tenure AS t USING (person_id)
    WHERE (valid_to IS NULL OR valid_to >= DATE '{as_of_date}') AND monthly_rent > 0
    QUALIFY row_number() OVER (
        PARTITION BY household_id ORDER BY t.event_date DESC, tenure_id DESC
    ) = 1
),
settings AS (
    SELECT household_id, min(setting) AS one
    FROM grids
    JOIN known_grid_tree AS g USING (grid_id)
    WHERE g.valid_to IS NULL OR g.valid_to >= DATE '{as_of_date}'
    GROUP BY household_id
    HAVING count(DISTINCT setting) = 1
),
deaths AS (
    SELECT e.household_id, e.person_id
    FROM (
        SELECT p.household_id, d.person_id, d.event_date
        FROM known_life_events AS d
        JOIN past_persons AS p USING (person_id)
        WHERE d.kind = 'death' AND d.event_date >= DATE '{as_of_date}' - 90
    ) AS e
    JOIN past_members AS m USING (household_id, person_id)
    WHERE year(e.event_date) - year(m.birth_date)
            - CASE WHEN strftime(e.event_date, '%m%d') < strftime(m.birth_date, '%m%d') THEN 1 ELSE 0 END < 60
       OR EXISTS (
           FROM known_social_insurance AS s
           WHERE s.person_id = e.person_id AND s.event_date >= e.event_date - 365
       )
),
disabled AS (
    SELECT p.household_id, p.person_id
    FROM known_disability_certificates AS c
    JOIN persons AS p USING (person_id)
    WHERE c.grade <= 2
    GROUP BY ALL
    HAVING min(c.event_date) >= DATE '{as_of_date}' - 90
),
claims AS (
    SELECT p.household_id, p.person_id
    FROM known_unemployment_benefit AS u
    JOIN persons AS p USING (person_id)
    WHERE u.event_date >= DATE '{as_of_date}' - 90
),
unsafe AS (
    SELECT a.household_id, a.address_id
    FROM known_housing_danger AS d
    JOIN addresses_now AS a USING (address_id)
    WHERE d.grade = 'D' AND d.event_date >= DATE '{as_of_date}' - 90
      AND (d.valid_to IS NULL OR d.valid_to >= DATE '{as_of_date}')
),
struck AS (
    SELECT household_id, count(*) AS events
    FROM (
        SELECT DISTINCT 'death' AS kind, household_id, person_id AS which FROM deaths
        UNION ALL SELECT DISTINCT 'disabled', household_id, person_id FROM disabled
        UNION ALL SELECT DISTINCT 'claim', household_id, person_id FROM claims
        UNION ALL SELECT DISTINCT 'unsafe', household_id, address_id FROM unsafe
    )
    GROUP BY household_id
),
held AS (
    SELECT p.household_id,
           bool_or(scheme = 'tekun') AS tekun,
           bool_or(scheme = 'dibao') AS dibao,
           bool_or(scheme = 'dibao_edge') AS edge,
           bool_or(scheme = 'rigid_expense') AS rigid,
           DATE '{as_of_date}' - max(b.event_date) FILTER (
               scheme IN ('tekun', 'dibao', 'dibao_edge', 'rigid_expense')
           ) AS days
    FROM known_benefits AS b
    JOIN persons AS p USING (person_id)
    WHERE b.valid_to IS NULL OR b.valid_to >= DATE '{as_of_date}'
    GROUP BY p.household_id
)
SELECT s.household_id,
       able.younger AS rule_able_members_16_17,
       able.older AS rule_able_members_18_59,
       alone.persons AS rule_single_entry_disabled,
       basic.yuan AS rule_basic_pension_month,
       certain.yuan AS rule_certain_income_month,
       c.household_income_month AS rule_checked_income_month,
       c.household_monetary_assets AS rule_checked_monetary_assets,
       c.household_homes AS rule_checked_homes,
       c.household_cars AS rule_checked_cars,
       c.household_business_capital AS rule_checked_business_capital,
       c.able_supporters AS rule_checked_able_supporters,
       c.household_spending_year AS rule_checked_spending_year,
       coalesce(care.yuan, 0) + coalesce(school.yuan, 0) + coalesce(rent.yuan, 0)
           AS rule_necessary_spending_365d,
       settings.one = 'rural' AS rule_is_rural,
       struck.events AS rule_sudden_events_90d,
       held.tekun AS rule_holds_tekun,
       held.dibao AS rule_holds_dibao,
       held.edge AS rule_holds_edge,
       held.rigid AS rule_holds_rigid,
       held.days AS rule_days_since_recognised
FROM spine AS s
LEFT JOIN able USING (household_id)
LEFT JOIN alone USING (household_id)
LEFT JOIN basic USING (household_id)
LEFT JOIN certain USING (household_id)
LEFT JOIN checks AS c ON c.household_id = s.household_id AND c.event_date >= DATE '{as_of_date}' - 365
LEFT JOIN care ON care.household_id = s.household_id
LEFT JOIN school ON school.household_id = s.household_id
LEFT JOIN rent ON rent.household_id = s.household_id
LEFT JOIN settings ON settings.household_id = s.household_id
LEFT JOIN struck ON struck.household_id = s.household_id
LEFT JOIN held ON held.household_id = s.household_id
