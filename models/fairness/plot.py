"""Who is missed as a picture: a dot and an interval per group, beside the line of everybody."""

import pandas as pd
from matplotlib.figure import Figure

from models.fairness.report import EVERYBODY, ORIGINS, FairnessReport, Origin
from models.fairness.small_cells import hidden
from models.plots.canvas import BLUE, GREY, LIGHT, fonts_for_names, in_percent, new_figure

_MOST = 40
"""Groups drawn; a district with more streets shows the worst in the table."""


def missed_by_group(report: FairnessReport, *, origin: Origin, outcome: str) -> Figure:
    """Draw the share missed of every group that can be told; the others stand there as "cannot tell".

    Small cells are hidden: the picture may leave the lab.
    """
    table = hidden(report.table())
    lines = table.loc[(table["answer"] == origin) & (table["column"] != EVERYBODY)].head(_MOST)
    everybody = report.everybody[origin]
    figure, axes = new_figure(
        f"Who is missed at {report.capacity.name}: of those in need, the share not visited",
        outcome,
        ORIGINS[origin].split(":", maxsplit=1)[0],
        height=1.6 + 0.27 * len(lines),
    )
    names = []
    for place, line in enumerate(reversed(lines.to_dict("records"))):
        names.append(f"{line['column']}: {line['group']}")
        value = line["missed"]
        if pd.isna(value):
            axes.annotate("cannot tell", (0.01, place), xycoords=("axes fraction", "data"), va="center", color=GREY, fontsize=8)  # fmt: skip
            continue
        axes.plot([line["missed_low"], line["missed_high"]], [place, place], color=LIGHT, lw=3)
        axes.plot(value, place, "o", color=BLUE, ms=5)
        said = f" {line['positives']} in need"
        axes.annotate(said, (1.0, place), xycoords=("axes fraction", "data"), va="center", color=GREY, fontsize=7)  # fmt: skip
    if everybody.missed is not None:
        axes.axvline(everybody.missed.value, color=GREY, lw=1, ls=":")
    axes.set_yticks(range(len(names)), names, fontsize=8, fontfamily=fonts_for_names())
    axes.set(
        ylim=(-0.8, len(names) - 0.2),
        xlim=(None, 1.0),
        xlabel="missed, 95 % interval; dotted: everybody",
    )
    in_percent(axes.xaxis)
    return figure
