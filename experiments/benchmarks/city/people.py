"""How the feeds about people are drawn: queries over ``homes`` and ``persons`` (see :mod:`.small`)."""

RESIDENTS = """
SELECT 'rs' || digits(p.no * 2 + turn) AS residence_id, person_id, household_id,
  CASE WHEN turn = 0 THEN address_id ELSE next_address_id END AS address_id,
  CAST(NULL AS VARCHAR) AS phone, birth_date, sex, relation, marital_status, hukou,
  md5('rs' || (p.no * 2 + turn)) [1:24] AS sealed_mark,
  CASE WHEN turn = 0 THEN -1 - pick(h.lots, 12, 240) ELSE h.moves_in END AS begins,
  CASE WHEN turn = 0 THEN coalesce(h.moves_in, leaves_in) END AS ends, 9 AS day
FROM persons AS p JOIN homes AS h ON h.no = p.home, unnest([0, 1]) AS t(turn)
WHERE turn = 0 OR h.moves_in IS NOT NULL
"""

# In one home of a hundred the youngest has a household of its own, as concluded.
MEMBERS = """
SELECT 'm_' || md5('m' || (p.no * 2 + turn)) [1:24] AS membership_id, person_id,
  CASE WHEN h.splits AND h.size > 1 AND p.k = h.size - 1
    THEN 'h_' || md5('h' || h.no) [1:20] ELSE household_id END AS household_id,
  CASE WHEN turn = 0 THEN address_id ELSE next_address_id END AS address_id,
  birth_date, sex,
  CASE WHEN h.splits AND h.size > 1 AND p.k = h.size - 1 THEN 'head' ELSE relation END AS relation,
  marital_status, hukou, 1.0 AS confidence, turn <> 2 AS certain,
  'home=register,form;with=register' AS evidence,
  CASE WHEN turn = 1 THEN h.moves_in ELSE -1 - pick(h.lots, 12, 240) END AS begins,
  CASE WHEN turn = 0 THEN coalesce(h.moves_in, leaves_in) END AS ends, 9 AS day
FROM persons AS p JOIN homes AS h ON h.no = p.home, unnest([0, 1]) AS t(turn)
WHERE turn = 0 OR h.moves_in IS NOT NULL
UNION ALL
SELECT 'm_' || md5('d' || p.no) [1:24], person_id, other.household_id, other.address_id, birth_date, sex,
  'other', marital_status, hukou, 0.5, FALSE, 'home=form', 20, NULL, 3
FROM persons AS p JOIN homes AS other ON other.no = p.home + 1 WHERE pick(p.lots, 10, 200) = 0
"""

LINEAGE = """
SELECT 'l_' || md5('l' || no) [1:24] AS lineage_id, 'h_' || md5('h' || no) [1:20] AS household_id,
  household_id AS predecessor_id, 'split' AS kind, -1 AS begins, CAST(NULL AS INTEGER) AS ends, 9 AS day
FROM homes WHERE splits AND size > 1
"""

INSURANCE = """
SELECT 'in' || digits(no) AS insurance_id, person_id,
  CASE WHEN works THEN pseudonym('u', no + 900000000) END AS family_account_id,
  CASE WHEN pick(lots, 30, 100) < 3 THEN 'none' WHEN works THEN 'employee' ELSE 'resident' END AS scheme,
  CASE WHEN pick(lots, 32, 100) < 3 THEN 1 + pick(lots, 40, 6) ELSE 0 END AS arrears_months,
  CASE WHEN pick(lots, 34, 20) = 0 THEN pick(lots, 40, 48) ELSE -12 END AS begins,
  CAST(NULL AS INTEGER) AS ends, pick(lots, 42, 28) AS day
FROM persons
"""

PENSIONS = """
SELECT 'pn' || digits(no) AS pension_id, person_id,
  CASE WHEN pick(lots, 30, 10) < 6 THEN 'employee' ELSE 'resident' END AS kind,
  CASE WHEN pick(lots, 30, 10) < 6 THEN 2200.0 + pick(lots, 40, 3000) ELSE 180.0 + pick(lots, 40, 300) END
    AS monthly_amount,
  greatest(-60, 47 - (age - 60) * 12 - pick(lots, 50, 12)) AS begins,
  CASE WHEN pick(lots, 52, 60) = 0 THEN 47 - pick(lots, 54, 20) END AS ends, pick(lots, 42, 28) AS day
FROM persons WHERE age >= 61 AND pick(lots, 34, 100) < 85
"""

BENEFITS = """
SELECT 'be' || digits(no) AS benefit_id, person_id,
  ['dibao', 'dibao', 'tekun', 'dibao_edge', 'rigid_expense', 'temporary_aid', 'disability_living',
   'disability_nursing', 'old_age_allowance'][1 + pick(lots, 30, 9)] AS scheme,
  100.0 + pick(lots, 40, 900) AS monthly_amount, 1 + pick(lots, 50, 3) AS members_covered,
  pick(lots, 20, 72) - 24 AS begins, CASE WHEN pick(lots, 34, 2) = 0
    THEN pick(lots, 20, 72) - 24 + 6 + pick(lots, 36, 30) END AS ends, pick(lots, 42, 28) AS day
FROM persons WHERE pick(lots, 10, 1000) < (CASE WHEN poor THEN 200 ELSE 12 END)
"""

CERTIFICATES = """
SELECT 'dc' || digits(no) AS certificate_id, person_id,
  ['physical', 'physical', 'sight', 'hearing', 'speech', 'intellectual', 'mental', 'multiple'][1 + pick(lots, 30, 8)]
    AS kind, 1 + pick(lots, 40, 4) AS grade, pick(lots, 20, 120) - 72 AS begins,
  CASE WHEN pick(lots, 34, 10) = 0 THEN pick(lots, 20, 120) - 72 + 24 END AS ends, pick(lots, 42, 28) AS day
FROM persons WHERE pick(lots, 14, 100) < (CASE WHEN age >= 60 THEN 9 ELSE 3 END)
"""

CLAIMS = """
SELECT 'un' || digits(no) AS claim_id, person_id, 1500.0 + pick(lots, 40, 600) AS monthly_amount,
  pick(lots, 20, 48) AS begins, pick(lots, 20, 48) + 3 + pick(lots, 36, 12) AS ends, pick(lots, 42, 28) AS day
FROM persons WHERE works AND pick(lots, 14, 100) < 4
"""

ENROLMENTS = """
SELECT 'ed' || digits(no * 4 + turn) AS enrolment_id, person_id,
  CASE WHEN pick(lots, 34, 10) > 0 THEN pseudonym('p', home * 8) END AS guardian_id,
  CAST(NULL AS VARCHAR) AS address_id,
  CASE WHEN age < 6 THEN 'kindergarten' WHEN age < 12 THEN 'primary' WHEN age < 15 THEN 'junior'
    WHEN age < 18 THEN 'senior' ELSE 'tertiary' END AS stage,
  'sc' || digits(home // 4000) AS school_id, 600.0 + pick(lots, 40, 3000) AS fee_due,
  CASE WHEN pick(lots, 50, 20) = 0 THEN 0.0 ELSE 600.0 + pick(lots, 40, 3000) END AS fee_paid,
  CASE WHEN poor THEN 500.0 ELSE 0.0 END AS aid_amount,
  CASE WHEN pick(lots, 54, 60) = 0 THEN 'dropped_out' WHEN turn < 3 THEN 'graduated' END AS leaving_reason,
  2 + turn * 12 AS begins, CASE WHEN turn < 3 THEN 2 + turn * 12 + 11
    WHEN pick(lots, 54, 60) = 0 THEN 42 END AS ends, 0 AS day
FROM persons, unnest([0, 1, 2, 3]) AS t(turn) WHERE age BETWEEN 4 AND 20 AND pick(lots, 44, 10) < 8
"""

TENURES = """
SELECT 'te' || digits(h.no * 2 + turn) AS tenure_id, pseudonym('p', h.no * 8) AS person_id,
  CASE WHEN turn = 0 THEN address_id ELSE next_address_id END AS address_id,
  ['owned', 'owned', 'owned', 'owned', 'private_rental', 'public_rental', 'free', 'dormitory']
    [1 + pick(lots, 46, 8)] AS tenure,
  35.0 + pick(lots, 50, 100) AS floor_area,
  CASE WHEN pick(lots, 46, 8) = 4 THEN 900.0 + pick(lots, 54, 2500) WHEN pick(lots, 46, 8) = 5 THEN 120.0 END
    AS monthly_rent,
  CASE WHEN turn = 0 THEN -1 - pick(lots, 12, 240) ELSE moves_in END AS begins,
  CASE WHEN turn = 0 THEN moves_in END AS ends, 9 AS day
FROM homes AS h, unnest([0, 1]) AS t(turn) WHERE turn = 0 OR moves_in IS NOT NULL
"""

HOLDINGS = """
SELECT 'ph' || digits(no) AS holding_id, person_id, 1 + pick(lots, 30, 2) AS properties,
  pick(lots, 20, 120) - 72 AS begins,
  CASE WHEN pick(lots, 34, 15) = 0 THEN pick(lots, 20, 120) - 72 + 30 END AS ends, pick(lots, 42, 28) AS day
FROM persons WHERE relation IN ('head', 'spouse') AND pick(lots, 14, 100) < 20
"""

APPLICATIONS = """
SELECT 'ap' || digits(no) AS application_id, person_id,
  ['dibao', 'tekun', 'dibao_edge', 'rigid_expense', 'temporary_aid', 'disability_living'][1 + pick(lots, 30, 6)]
    AS scheme, ['approved', 'refused', 'refused', 'withdrawn'][1 + pick(lots, 40, 4)] AS decision,
  CASE WHEN pick(lots, 40, 4) IN (1, 2) THEN ['income', 'assets', 'papers'][1 + pick(lots, 44, 3)] END
    AS refusal_reason,
  pick(lots, 20, 48) AS begins, CASE WHEN pick(lots, 34, 8) > 0 THEN pick(lots, 20, 48) + 1 + pick(lots, 36, 2) END
    AS ends, pick(lots, 42, 28) AS day
FROM persons WHERE pick(lots, 16, 1000) < (CASE WHEN poor THEN 150 ELSE 9 END)
"""

CHECKS = """
SELECT 'ac' || digits(no) AS check_id, person_id, 'au' || digits(no) AS authorisation_id,
  ['within_limit', 'within_limit', 'above_limit', 'not_answered'][1 + pick(lots, 30, 4)] AS result,
  CASE WHEN pick(lots, 44, 5) > 0 THEN CAST(pick(lots, 22, 12000) AS DOUBLE) END AS household_income_month,
  CASE WHEN pick(lots, 45, 5) > 0 THEN CAST(10 * pick(lots, 23, 20000) AS DOUBLE) END AS household_monetary_assets,
  pick(lots, 24, 3) AS household_homes, pick(lots, 25, 2) AS household_cars,
  CAST(0 AS DOUBLE) AS household_business_capital,
  CASE WHEN pick(lots, 46, 4) > 0 THEN CAST(10 * pick(lots, 26, 6000) AS DOUBLE) END AS household_spending_year,
  CASE WHEN pick(lots, 47, 3) > 0 THEN pick(lots, 27, 3) END AS able_supporters,
  pick(lots, 20, 48) AS begins, CAST(NULL AS INTEGER) AS ends, pick(lots, 42, 28) AS day
FROM persons WHERE pick(lots, 16, 1000) < (CASE WHEN poor THEN 90 ELSE 6 END)
"""

LIFE_EVENTS = """
SELECT 'le' || digits(no) AS event_id, person_id, CAST(NULL AS VARCHAR) AS other_person_id,
  CASE WHEN age < 4 THEN 'birth' WHEN age > 75 THEN 'death'
    ELSE ['marriage', 'divorce', 'move_in', 'move_out'][1 + pick(lots, 30, 4)] END AS kind,
  pick(lots, 20, 48) AS begins, CAST(NULL AS INTEGER) AS ends, pick(lots, 42, 28) AS day
FROM persons WHERE pick(lots, 16, 100) < 4
"""

TICKETS = """
SELECT 'ti' || digits(p.no) AS ticket_id, CASE WHEN pick(p.lots, 50, 4) > 0 THEN person_id END AS person_id,
  CASE WHEN pick(p.lots, 52, 2) = 0 THEN h.address_id END AS address_id,
  ['income_help', 'medical_cost', 'elder_care', 'disability', 'school', 'wages', 'housing_repair', 'utilities',
   'neighbours', 'environment', 'other'][1 + pick(p.lots, 30, 11)] AS category,
  pick(p.lots, 20, 48) AS begins, CASE WHEN pick(p.lots, 34, 10) > 0 THEN pick(p.lots, 20, 48) + 1 END AS ends,
  pick(p.lots, 42, 28) AS day
FROM persons AS p JOIN homes AS h ON h.no = p.home WHERE pick(p.lots, 16, 100) < 10
"""

VISITS = """
SELECT 'vi' || digits(no * 48 + month) AS visit_id, household_id,
  ['routine_random', 'cadence', 'trigger', 'list', 'self_report'][1 + pick(lots, 30, 5)] AS channel,
  CASE WHEN pick(lots, 30, 5) = 0 THEN 0.01 END AS propensity,
  CASE WHEN pick(lots, 34, 10) < 5 THEN 'no_need' ELSE
    ['need_aid_started', 'need_no_entitlement', 'already_met', 'refused', 'not_found'][1 + pick(lots, 40, 5)] END
    AS finding,
  CASE WHEN pick(lots, 34, 10) >= 5 AND pick(lots, 40, 5) < 2 THEN 'cash;care' END AS needs,
  'grid_worker' AS worker_role, month AS begins, CAST(NULL AS INTEGER) AS ends, pick(lots, 42, 28) AS day
FROM (SELECT no, household_id, month, lot(no, 600 + month) AS lots FROM homes, unnest(range(48)) AS t(month))
WHERE pick(lots, 0, 1000) < 15
"""
