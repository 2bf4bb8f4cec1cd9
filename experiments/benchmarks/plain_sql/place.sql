-- What is known on {as_of_date} of the other households of each household's grid.
WITH homes AS (SELECT household_id, min(grid_id) AS grid_id FROM grids GROUP BY household_id),
bills AS (
    SELECT o.household_id, b.account_id, b.service,
           year(b.event_date) * 12 + month(b.event_date) AS month,
           CAST(round(b.usage * 10000) AS BIGINT) AS used,
           b.event_date >= DATE '{as_of_date}' - 90 AS in_90d,
           b.paid_on IS NULL AND b.due_date < b.reported_on AS is_unpaid
    FROM known_utility_bills AS b
    JOIN own_accounts AS o ON b.account_id = o.account_id AND b.event_date >= o.since
    WHERE b.event_date >= DATE '{as_of_date}' - 730
),
metered AS (
    SELECT household_id, account_id, month, sum(used) AS used, sum(used) FILTER (in_90d) AS used_90d
    FROM bills
    WHERE service = 'power'
    GROUP BY ALL
),
power AS (
    SELECT n.household_id, sum(n.used_90d) AS now, sum(b.used) AS before
    FROM metered AS n
    JOIN metered AS b
      ON n.household_id = b.household_id AND n.account_id = b.account_id
     AND n.month = b.month + 12
    WHERE n.used_90d IS NOT NULL
    GROUP BY n.household_id
),
seen AS (
    SELECT f.household_id, count(*) AS visits,
           count(*) FILTER (v.finding = 'not_found') AS nobody,
           bool_or(v.finding IN ('need_aid_started', 'need_no_entitlement')) AS need_found
    FROM known_visits AS v
    JOIN filed AS f ON v.household_id = f.filed_id
    WHERE v.event_date >= DATE '{as_of_date}' - 365
    GROUP BY f.household_id
),
calls AS (
    SELECT p.household_id, t.event_date, t.category
    FROM known_tickets AS t
    JOIN persons AS p USING (person_id)
    UNION ALL
    SELECT a.household_id, t.event_date, t.category
    FROM known_tickets AS t
    JOIN own_addresses AS a ON t.address_id = a.address_id AND t.event_date >= a.since
),
called AS (
    SELECT DISTINCT household_id
    FROM calls
    WHERE event_date >= DATE '{as_of_date}' - 365
      AND category IN ('income_help', 'medical_cost', 'elder_care', 'disability', 'school')
),
owing AS (SELECT DISTINCT household_id FROM bills WHERE is_unpaid),
covered AS (
    SELECT DISTINCT p.household_id
    FROM known_benefits AS b
    JOIN persons AS p USING (person_id)
    WHERE b.scheme IN ('dibao', 'tekun', 'dibao_edge', 'rigid_expense', 'temporary_aid')
      AND (b.valid_to IS NULL OR b.valid_to >= DATE '{as_of_date}')
),
claimed AS (
    SELECT DISTINCT p.household_id
    FROM known_unemployment_benefit AS u
    JOIN persons AS p USING (person_id)
    WHERE u.event_date >= DATE '{as_of_date}' - 365
),
each AS (
    SELECT h.household_id, h.grid_id,
           (h.household_id IN (FROM owing))::INT AS owing,
           (h.household_id IN (FROM covered))::INT AS covered,
           (h.household_id IN (FROM called))::INT AS called,
           (h.household_id IN (FROM claimed))::INT AS claimed,
           coalesce(s.need_found, false)::INT AS need_found,
           (s.household_id IS NOT NULL)::INT AS visited,
           coalesce(s.visits, 0) AS visits, coalesce(s.nobody, 0) AS nobody,
           coalesce(p.now, 0) AS now, coalesce(p.before, 0) AS before
    FROM homes AS h
    LEFT JOIN seen AS s USING (household_id)
    LEFT JOIN power AS p USING (household_id)
),
others AS (
    SELECT household_id, now, before,
           nullif(count(*) OVER grid - 1, 0) AS households,
           sum(owing) OVER grid - owing AS owing,
           sum(covered) OVER grid - covered AS covered,
           sum(called) OVER grid - called AS called,
           sum(claimed) OVER grid - claimed AS claimed,
           sum(need_found) OVER grid - need_found AS need_found,
           sum(visited) OVER grid - visited AS visited,
           sum(nobody) OVER grid - nobody AS nobody,
           sum(visits) OVER grid - visits AS visits,
           (sum(now) OVER grid - now) / nullif(sum(before) OVER grid - before, 0)::DOUBLE AS power
    FROM each
    WINDOW grid AS (PARTITION BY grid_id)
)
SELECT household_id,
       owing / households AS place_arrears_share,
       covered / households AS place_covered_share,
       need_found / households AS place_need_found_share_365d,
       visited / households AS place_visited_share_365d,
       called / households AS place_help_calls_share_365d,
       claimed / households AS place_unemployment_share_365d,
       nobody / nullif(visits, 0) AS place_nobody_found_share_365d,
       power - 1 AS place_power_use_change_90d,
       now / nullif(before, 0)::DOUBLE / nullif(power, 0) - 1 AS place_own_power_against_grid_90d
FROM others
