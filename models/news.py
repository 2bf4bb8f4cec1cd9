"""For whom the answer is news: onset (not in need before) and entry (newly in the cohort).

A model that only repeats who was in need last year looks good on everybody and is worth little. So every
figure is shown for the total, for onset only and for entry only, each re-ranked as a cohort of its own.
"""

import pandas as pd

ONSET = "onset"
ENTRY = "entry"


def in_need_before(
    history: pd.DataFrame, *, known_after_days: int, label: str = "label"
) -> pd.Series:
    """Return whether an earlier answer, closed by the row's as_of_date, found the household in need.

    Args:
        history: ``household_id``, ``as_of_date`` and the label, one row per household and date; more dates
            than are judged, the training dates among them.
        known_after_days: days until the label of a date is known.
        label: column with 1, 0 or null.

    Returns:
        ``boolean``, in row order: True if any earlier closed answer is 1, False if there are some and all
        are 0, null where nobody ever looked.
    """
    rows = pd.DataFrame(
        {
            "household_id": history["household_id"].to_numpy(),
            "day": pd.to_datetime(history["as_of_date"]).to_numpy(),
            "label": history[label]
            .astype("Float64")
            .to_numpy(dtype="float64", na_value=float("nan")),
        }
    )
    found = pd.Series(pd.NA, index=rows.index, dtype="boolean")
    for day in sorted(rows["day"].unique()):
        earlier = rows["day"] < day
        closed = rows["day"] + pd.Timedelta(days=known_after_days) <= day
        answers = rows.loc[earlier & closed & rows["label"].notna()]
        worst = answers.groupby("household_id")["label"].max()
        here = rows["day"] == day
        before = rows.loc[here, "household_id"].map(worst)
        found.loc[here] = (before > 0).where(before.notna()).astype("boolean")
    return found.set_axis(history.index)


def newly_in_cohort(history: pd.DataFrame) -> pd.Series:
    """Return whether the household was on no earlier as_of_date of ``history``.

    Returns:
        ``boolean``, in row order; null on the first date, before which nobody can say.
    """
    days = pd.to_datetime(history["as_of_date"])
    first = days.groupby(history["household_id"]).transform("min")
    return (first == days).astype("boolean").mask(days == days.min())


def news_subsets(
    history: pd.DataFrame, *, known_after_days: int, label: str = "label"
) -> pd.DataFrame:
    """Return ``onset`` and ``entry`` as columns of booleans, one row per row of ``history``.

    ``onset``: not known to have been in need before; a household nobody ever looked at belongs to it, as its
    need would be news. ``entry``: newly in the cohort; unknown on the first date counts as no.
    """
    before = in_need_before(history, known_after_days=known_after_days, label=label)
    return pd.DataFrame(
        {
            ONSET: ~before.fillna(False).astype(bool),
            ENTRY: newly_in_cohort(history).fillna(False).astype(bool),
        },
        index=history.index,
    )
