-- Use, bills and cut-offs of each household on {as_of_date}, since it lives where it lives.
WITH bills AS (
    SELECT o.household_id, b.account_id, b.service, b.event_date, b.due_date,
           CAST(round(b.usage * 10000) AS BIGINT) AS used,
           CAST(round(b.amount_due * 10000) AS BIGINT) AS due,
           CAST(round(b.subsidy_amount * 10000) AS BIGINT) AS subsidy,
           year(b.event_date) * 12 + month(b.event_date) AS month,
           b.due_date < b.reported_on AS was_due,
           b.paid_on IS NULL AND b.due_date < b.reported_on AS is_unpaid,
           coalesce(b.paid_on > b.due_date, false) AS is_late,
           b.paid_on - b.due_date AS days_late
    FROM known_utility_bills AS b
    JOIN own_accounts AS o ON b.account_id = o.account_id AND b.event_date >= o.since
    WHERE b.event_date >= DATE '{as_of_date}' - 730
),
judged AS (
    -- Later than one billing month counts as having been in arrears.
    SELECT *, is_unpaid OR coalesce(days_late > 30, false) AS in_arrears,
           event_date >= DATE '{as_of_date}' - 90 AS in_90d,
           event_date >= DATE '{as_of_date}' - 180 AS in_180d,
           event_date >= DATE '{as_of_date}' - 365 AS in_365d
    FROM bills
),
metered AS (
    SELECT household_id, account_id, service, month,
           sum(used) AS used, sum(used) FILTER (in_90d) AS used_90d
    FROM judged
    GROUP BY ALL
),
season AS (
    SELECT n.household_id, n.service,
           sum(n.used_90d) / nullif(sum(b.used), 0)::DOUBLE - 1 AS change
    FROM metered AS n
    JOIN metered AS b
      ON n.household_id = b.household_id AND n.account_id = b.account_id
     AND n.service = b.service AND n.month = b.month + 12
    WHERE n.used_90d IS NOT NULL
    GROUP BY ALL
),
change AS (
    SELECT household_id,
           any_value(change) FILTER (service = 'power') AS power_use_change_90d,
           any_value(change) FILTER (service = 'water') AS water_use_change_90d,
           any_value(change) FILTER (service = 'gas') AS gas_use_change_90d,
           any_value(change) FILTER (service = 'heating') AS heating_use_change_90d,
           min(change) AS utility_lowest_use_change_90d
    FROM season
    GROUP BY household_id
),
sizes AS (SELECT household_id, count(*) AS size FROM members GROUP BY household_id),
latest AS (SELECT service, max(event_date) AS day FROM bills GROUP BY service),
silence AS (
    -- Silent: used once, and now billed at nothing or not billed while others were.
    SELECT b.household_id, b.service,
           max(b.event_date) FILTER (b.used > 0) IS NOT NULL
           AND (max(b.event_date) > max(b.event_date) FILTER (b.used > 0)
                OR any_value(l.day) - max(b.event_date) > 75) AS is_silent
    FROM bills AS b
    JOIN latest AS l USING (service)
    WHERE b.service <> 'heating'
    GROUP BY ALL
),
silent AS (
    SELECT household_id,
           any_value(is_silent) FILTER (service = 'water') AS water_is_silent,
           count(*) FILTER (is_silent) AS utility_silent_services
    FROM silence
    GROUP BY household_id
),
joint AS (
    SELECT household_id,
           count(*) FILTER (services_90d >= 2) AS joint_90d,
           count(*) FILTER (services_180d >= 2) AS joint_180d
    FROM (
        SELECT household_id, date_trunc('month', due_date) AS month,
               count(DISTINCT service) FILTER (in_90d) AS services_90d,
               count(DISTINCT service) FILTER (in_180d) AS services_180d
        FROM judged
        WHERE in_arrears
        GROUP BY ALL
    )
    GROUP BY household_id
),
paid AS (
    SELECT household_id,
           avg(used / 10000.0) FILTER (service = 'power' AND in_90d) AS power_per_bill,
           avg(used / 10000.0) FILTER (service = 'water' AND in_90d) AS water_per_bill,
           sum(subsidy) FILTER (in_365d)
             / nullif(sum(due + subsidy) FILTER (in_365d), 0)::DOUBLE AS utility_subsidy_share_365d,
           sum(due + subsidy) FILTER (in_365d) / 10000.0 AS utility_billed_before_subsidy_365d,
           count(*) FILTER (is_unpaid) AS utility_unpaid_bills,
           coalesce(sum(due) FILTER (is_unpaid), 0) / 10000.0 AS utility_unpaid_amount,
           sum(CASE WHEN is_unpaid THEN due ELSE 0 END)
             FILTER (service = 'power') / 10000.0 AS power_unpaid_amount,
           sum(CASE WHEN is_unpaid THEN due ELSE 0 END)
             FILTER (service = 'water') / 10000.0 AS water_unpaid_amount,
           sum(CASE WHEN is_unpaid THEN due ELSE 0 END)
             FILTER (service = 'gas') / 10000.0 AS gas_unpaid_amount,
           coalesce(DATE '{as_of_date}' - min(due_date) FILTER (is_unpaid), 0)
             AS utility_oldest_unpaid_days,
           count(DISTINCT service) FILTER (in_arrears AND in_180d) AS utility_arrears_services_180d,
           CASE WHEN min(event_date) < DATE '{as_of_date}' - 455
                THEN count(*) FILTER (in_arrears AND in_90d) > 0
                     AND count(*) FILTER (
                         in_arrears AND NOT in_90d AND event_date >= DATE '{as_of_date}' - 455
                     ) = 0
           END AS utility_is_first_arrears_90d,
           count(*) FILTER (is_late AND in_365d) AS utility_late_bills_365d,
           count(*) FILTER ((is_late OR is_unpaid) AND in_365d)
             / nullif(count(*) FILTER (was_due AND in_365d), 0)::DOUBLE AS utility_late_share_365d,
           avg(days_late) FILTER (is_late AND in_365d) AS utility_days_late_mean_365d
    FROM judged
    GROUP BY household_id
),
cuts AS (
    SELECT o.household_id,
           count(*) FILTER (c.event_date >= DATE '{as_of_date}' - 365) AS utility_cut_offs_365d,
           bool_or(c.restored_on IS NULL AND c.event_date >= DATE '{as_of_date}' - 365)
             AS utility_is_cut_off,
           count(*) FILTER (c.restored_on >= DATE '{as_of_date}' - 365)
             AS utility_reconnections_365d,
           sum(greatest(0, least(coalesce(c.restored_on, DATE '{as_of_date}'), DATE '{as_of_date}')
                           - greatest(c.event_date, DATE '{as_of_date}' - 365)))
             AS utility_days_without_supply_365d
    FROM known_utility_interruptions AS c
    JOIN own_accounts AS o ON c.account_id = o.account_id AND c.event_date >= o.since
    WHERE c.reason = 'arrears'
    GROUP BY o.household_id
)
SELECT s.household_id, ch.* EXCLUDE (household_id), si.* EXCLUDE (household_id),
       p.power_per_bill / z.size AS power_use_per_person_90d,
       p.water_per_bill / z.size AS water_use_per_person_90d,
       p.* EXCLUDE (household_id, power_per_bill, water_per_bill),
       CASE WHEN p.household_id IS NOT NULL THEN coalesce(j.joint_90d, 0) END
         AS utility_joint_arrears_months_90d,
       CASE WHEN p.household_id IS NOT NULL THEN coalesce(j.joint_180d, 0) END
         AS utility_joint_arrears_months_180d,
       c.* EXCLUDE (household_id)
FROM spine AS s
LEFT JOIN sizes AS z USING (household_id)
LEFT JOIN change AS ch USING (household_id)
LEFT JOIN silent AS si USING (household_id)
LEFT JOIN paid AS p USING (household_id)
LEFT JOIN joint AS j USING (household_id)
LEFT JOIN cuts AS c USING (household_id)
