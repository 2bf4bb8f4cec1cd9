-- What illness costs a household, who in it is ill, who is not insured.
WITH family AS (
    SELECT household_id, person_id, coalesce(age < 18, false) AS child, false AS lost FROM members
    UNION ALL
    SELECT household_id, person_id, false, true FROM lost_persons
),
-- One row per person; money in whole ten-thousandths, so that sums are exact.
care AS (
    SELECT person_id,
           sum(paid) AS paid_730d,
           sum(paid) FILTER (event_date >= DATE '{as_of_date}' - 365) AS paid_365d,
           sum(paid) FILTER (event_date >= DATE '{as_of_date}' - 90) AS paid_90d,
           sum(billed) FILTER (event_date >= DATE '{as_of_date}' - 365) AS billed,
           count(*) FILTER (inpatient AND this_year) AS stays,
           sum(hospital_days) FILTER (inpatient AND this_year) AS hospital_days,
           max(hospital_days) FILTER (inpatient AND this_year) AS longest_stay,
           count(*) FILTER (diagnosis_group = 'major' AND this_year) AS major,
           count(*) FILTER (diagnosis_group = 'mental' AND this_year) AS mental,
           count(*) FILTER (diagnosis_group = 'chronic' AND this_year) AS chronic,
           count(*) FILTER (diagnosis_group = 'chronic'
                            AND event_date >= DATE '{as_of_date}' - 180) AS chronic_lately,
           sum(paid) FILTER (
               care_kind <> 'inpatient' AND event_date > (
                   SELECT max(event_date) FROM known_medical_settlements
               ) - 30
           ) AS outpatient_paid
    FROM (
        SELECT *,
               CAST(round(self_paid * 10000) AS BIGINT) AS paid,
               CAST(round(total_amount * 10000) AS BIGINT) AS billed,
               care_kind = 'inpatient' AS inpatient,
               event_date >= DATE '{as_of_date}' - 365 AS this_year
        FROM known_medical_settlements
        WHERE event_date >= DATE '{as_of_date}' - 730
    )
    GROUP BY ALL
),
bills AS (
    SELECT household_id,
           sum(outpatient_paid) / 10000.0 AS outpatient_paid,
           sum(paid_90d) / 10000.0 AS paid_90d,
           sum(paid_365d) / 10000.0 AS paid_365d,
           sum(paid_730d) / 10000.0 AS paid_730d,
           sum(billed) / 10000.0 AS billed,
           count(*) FILTER (paid_365d > 70000000) AS over_line,
           sum(paid_365d) FILTER (child) / 10000.0 AS of_children,
           sum(paid_365d) FILTER (lost) / 10000.0 AS of_lost,
           sum(stays) AS stays,
           count(*) FILTER (stays > 0 AND NOT lost) AS inpatients,
           sum(hospital_days) AS hospital_days,
           max(longest_stay) AS longest_stay,
           sum(major) AS major,
           count(*) FILTER (major > 0 AND NOT lost) AS major_members,
           sum(chronic) AS chronic,
           count(*) FILTER (chronic >= 2 AND chronic_lately = 0 AND NOT lost) AS care_stopped,
           sum(mental) AS mental
    FROM family
    JOIN care USING (person_id)
    GROUP BY ALL
),
newest_insurance AS (
    SELECT household_id, scheme, arrears_months, i.event_date
    FROM persons
    JOIN known_medical_insurance AS i USING (person_id)
    WHERE valid_to IS NULL OR valid_to >= DATE '{as_of_date}'
    QUALIFY row_number() OVER (
        PARTITION BY household_id, person_id ORDER BY i.event_date DESC, insurance_id DESC
    ) = 1
),
insurance AS (
    SELECT household_id,
           count(*) FILTER (scheme = 'none') AS uninsured,
           count(*) FILTER (scheme = 'none' AND event_date >= DATE '{as_of_date}' - 365) AS lapsed,
           coalesce(max(arrears_months), 0) AS arrears
    FROM newest_insurance
    GROUP BY ALL
)
SELECT household_id,
       outpatient_paid AS med_outpatient_self_paid_30d,
       paid_90d AS med_self_paid_90d,
       paid_365d AS med_self_paid_365d,
       paid_730d AS med_self_paid_730d,
       paid_365d / nullif(billed, 0) AS med_self_paid_share_365d,
       coalesce(paid_90d, 0) - (paid_365d - coalesce(paid_90d, 0)) * 90 / 275
           AS med_self_paid_rise_90d,
       CASE WHEN paid_365d >= 15000 THEN 4 WHEN paid_365d >= 10000 THEN 3
            WHEN paid_365d >= 5000 THEN 2 WHEN paid_365d >= 1000 THEN 1 ELSE 0 END
           AS med_self_paid_tier_365d,
       over_line AS med_members_over_line_365d,
       of_children AS med_self_paid_of_children_365d,
       of_lost AS med_self_paid_of_lost_365d,
       stays AS med_inpatient_stays_365d,
       inpatients AS med_inpatient_members_365d,
       hospital_days AS med_hospital_days_365d,
       longest_stay AS med_longest_stay_365d,
       major AS med_major_visits_365d,
       major_members AS med_major_members_365d,
       chronic AS med_chronic_visits_365d,
       care_stopped AS med_care_stopped_180d,
       mental AS med_mental_visits_365d,
       uninsured AS insurance_uninsured_members,
       lapsed AS insurance_lapsed_365d,
       arrears AS insurance_arrears_months
FROM spine
LEFT JOIN bills USING (household_id)
LEFT JOIN insurance USING (household_id);
