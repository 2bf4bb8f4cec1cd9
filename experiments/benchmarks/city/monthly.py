"""The large feeds of the city: bills, settlements and contributions, drawn month by month and never stored.

Of a month's facts most come with the delivery of that month, a few with the next (45 days late at most), and some
are told again in the next delivery with what was not yet known: then the first version ends there.
"""

_SEASONS = {
    "power": (1.3, 1.4, 1.0, 0.8, 0.8, 1.1, 1.2, 1.1, 0.9, 0.8, 0.9, 1.1),
    "water": (1.2, 1.2, 1.1, 1.0, 0.9, 0.9, 0.8, 0.8, 0.9, 1.0, 1.0, 1.1),
    "gas": (0.7, 0.7, 0.8, 0.9, 1.1, 1.4, 1.5, 1.4, 1.1, 0.9, 0.8, 0.7),
}
"""Use in each month from July on, over the mean of the year."""

_BILLS = """
SELECT 'ub' || digits(no * 48 + {month}) AS bill_id, account_id, service,
  event_date, usage, round(usage * price * (CASE WHEN subsidised THEN 0.7 ELSE 1 END), 2) AS amount_due,
  round(CASE WHEN subsidised THEN usage * price * 0.3 ELSE 0 END, 2) AS subsidy_amount,
  event_date + 20 AS due_date,
  CASE WHEN pays = 'at once' THEN event_date + 1 + pick(lots, 30, 18)
    WHEN pays = 'later' AND ({corrected} OR is_late) THEN event_date + 24 + pick(lots, 30, 20) END AS paid_on,
  pays = 'later' AND NOT is_late AS is_corrected, is_late
FROM (
  SELECT *, day_of({month}, CASE WHEN is_late THEN 19 + pick(lots, 8, 9) ELSE pick(lots, 8, 12) END) AS event_date,
    round(usual * (CASE service {seasons} END) * (0.7 + pick(lots, 20, 600) / 1000.0), 1) AS usage,
    CASE WHEN pick(lots, 36, 1000) < (CASE WHEN poor THEN 300 ELSE 1 END) THEN 'never'
      WHEN pick(lots, 36, 1000) < (CASE WHEN poor THEN 600 ELSE 40 END) THEN 'later' ELSE 'at once' END AS pays
  FROM (SELECT *, lots % 100 < 4 AS is_late FROM (SELECT *, lot(no, 100 + {month}) AS lots FROM accounts)))
"""

_SETTLEMENTS = """
SELECT 'ms' || digits(no * 48 + {month}) AS settlement_id, person_id,
  day_of({month}, pick(lots, 12, 28)) AS event_date, care_kind,
  CASE WHEN diagnosis < 45 THEN (CASE WHEN is_chronic THEN 'chronic' ELSE 'general' END)
    WHEN diagnosis < 85 THEN 'general' WHEN diagnosis < 90 THEN 'injury' WHEN diagnosis < 94 THEN 'mental'
    WHEN diagnosis < 97 THEN 'major' ELSE 'maternity' END AS diagnosis_group,
  CASE WHEN care_kind = 'inpatient' THEN 1 + pick(lots, 40, 20) ELSE 0 END AS hospital_days,
  total AS total_amount, round(total * 0.6, 2) AS insurer_paid, 0.0 AS aid_paid,
  round(total - round(total * 0.6, 2), 2) AS self_paid,
  pick(lots, 50, 200) = 0 AND NOT is_late AS is_corrected, is_late
FROM (
  SELECT *, pick(lots, 26, 100) AS diagnosis, pick(lots, 44, 25) = 0 AS is_late,
    round((20 + pick(lots, 30, 400)) * (CASE WHEN care_kind = 'inpatient' THEN 30 ELSE 1 END)
      * (CASE WHEN {corrected} THEN 1.5 ELSE 1 END), 2) AS total
  FROM (
    SELECT *, CASE WHEN pick(lots, 20, 100) < 55 THEN 'outpatient' WHEN pick(lots, 20, 100) < 85 THEN 'pharmacy'
      WHEN pick(lots, 20, 100) < 94 THEN 'chronic_clinic' ELSE 'inpatient' END AS care_kind
    FROM (SELECT *, lot(no, 200 + {month}) AS lots FROM persons)
    WHERE pick(lots, 0, 1000) < (CASE WHEN is_chronic THEN 900 ELSE 170 END)))
"""

_CONTRIBUTIONS = """
SELECT 'si' || digits(no * 48 + {month}) AS contribution_id, person_id, day_of({month}, 0) AS event_date,
  CASE WHEN {corrected} THEN wage * 1.1 ELSE wage END AS wage_base,
  CASE WHEN pick(lots, 4, 10) < 8 THEN 'employed' ELSE 'flexible' END AS kind,
  pick(lots, 20, 300) = 0 AND NOT is_late AS is_corrected, is_late
FROM (
  SELECT no, person_id, wage, lots, lot(no, 300 + {month}) % 50 = 0 AS is_late
  -- One worker in ten stops for good in some month, the others miss one in thirty.
  FROM persons
  WHERE works AND ((lot(no, 300 + {month}) >> 8) & 31) <> 0
    AND (pick(lots, 48, 10) <> 0 OR {month} < pick(lots, 52, 48)))
"""

_RENTS = """
SELECT 'pr' || digits(no * 48 + {month}) AS ledger_id, address_id, day_of({month}, 9) AS event_date,
  rent AS rent_due, CASE WHEN paid THEN rent ELSE 0 END AS rent_paid,
  CASE WHEN paid THEN day_of({month}, 12) END AS paid_on, FALSE AS is_corrected, FALSE AS is_late
FROM (
  SELECT *, 80.0 + pick(lots, 16, 300) AS rent, lot(no, 400 + {month}) % 100 >= 6 AS paid
  FROM homes WHERE pick(lots, 48, 100) < 3)
"""

_READINGS = """
SELECT 'mr' || digits((no * 48 + {month}) * 31 + t.day) AS reading_id, account_id, service,
  day_of({month}, t.day) AS event_date, round(usual / 30 * (0.5 + (lot(no * 31 + t.day, 500 + {month}) % 100) / 100.0), 2) AS usage,
  FALSE AS is_corrected, FALSE AS is_late
FROM accounts, unnest(range(28)) AS t(day)
WHERE lot(no, 500) % 500 = 0 AND {month} >= 42
"""

LARGE = {
    "utility_bills": _BILLS,
    "medical_settlements": _SETTLEMENTS,
    "social_insurance": _CONTRIBUTIONS,
    "public_rent_ledger": _RENTS,
    "meter_readings": _READINGS,
}


def told_in(feed: str, month: int, *, first: int) -> str:
    """Return the query for what the delivery about ``month`` tells of a large feed."""
    parts = [f"SELECT * FROM ({_of(feed, month, corrected=False)}) WHERE NOT is_late"]
    if month > first:
        before = _of(feed, month - 1, corrected=False)
        parts.append(f"SELECT * FROM ({before}) WHERE is_late")
        again = _of(feed, month - 1, corrected=True)
        parts.append(f"SELECT * FROM ({again}) WHERE is_corrected")
    return " UNION ALL ".join(parts)


def ended_in(feed: str, fact_id: str, month: int, *, first: int) -> str | None:
    """Return the query for ``fact_id`` and the month of the delivery whose version ends; None if none can."""
    if month <= first:
        return None
    again = _of(feed, month - 1, corrected=True)
    return f"SELECT {fact_id}, {month - 1} AS told FROM ({again}) WHERE is_corrected"


def _of(feed: str, month: int, *, corrected: bool) -> str:
    seasons = " ".join(f"WHEN '{name}' THEN {of[month % 12]}" for name, of in _SEASONS.items())
    return LARGE[feed].format(month=month, corrected=str(corrected).upper(), seasons=seasons)
