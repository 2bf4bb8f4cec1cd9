"""What leaves the lab: counts below ten are hidden, and one more where a total would give the hidden one away."""

import pandas as pd

SMALLEST = 10
HIDDEN = "<10"
_COUNTS = ("households", "rows", "positives", "negatives", "visited_households")
_PLAIN = ("answer", "column", "group", "told", "proxy_verdict")

_RESTING = {
    "households": ("base_rate", "visited", "missed", "unreached", "proxy_auc"),
    "positives": ("base_rate", "missed"),
    "negatives": ("base_rate", "visited_without_need"),
    "visited_households": ("unreached",),
}
"""Which rates rest on which count."""


def hidden(table: pd.DataFrame) -> pd.DataFrame:
    """Return the table of a report with small cells hidden.

    A group with fewer than ten households shows neither counts nor rates. A count of 1 to 9 in a larger group is hidden,
    and rates that rest on it with it. Where one group of a question is hidden, the next smallest is too, else its size
    were the total less the others.
    """
    shown = table.astype({name: "object" for name in table.columns if name not in _PLAIN})
    for _, block in table.groupby(["answer", "column"], sort=False):
        for count, stems in _RESTING.items():
            small = _too_small(block[count])
            rates = [name for name in table.columns if name.startswith(stems)]
            shown.loc[small, list(_COUNTS) if count == "households" else [count]] = HIDDEN
            shown.loc[small, [name for name in rates if name not in _COUNTS]] = None
    return shown


def _too_small(counts: pd.Series) -> pd.Index:
    small = counts[(counts > 0) & (counts < SMALLEST)]
    if len(small) != 1 or len(counts) < 2:
        return small.index
    # Nothing is taken from a zero: only a group with somebody in it hides the other.
    others = counts.drop(small.index)
    others = others[others > 0]
    return small.index.append(others.nsmallest(1).index) if len(others) else small.index
