"""One picture per trial: what was measured, with its interval, against the band it must lie in."""

from matplotlib.figure import Figure

from experiments.selection_trials.verdicts import Trial

_WITHIN, _OUTSIDE, _PLAIN, _BAND = "#0072B2", "#D55E00", "#555555", "#DDDDDD"


def draw(trial: Trial) -> Figure:
    """Draw every line of ``trial``; blue within its bar, orange outside, grey where nothing is asked."""
    figure = Figure(figsize=(9, 1.2 + 0.34 * len(trial.lines)), layout="constrained")
    axes = figure.subplots()
    for place, line in enumerate(trial.lines):
        if line.holds is not None:
            low = -1.0 if line.low is None else line.low
            high = 1.0 if line.high is None else line.high
            axes.barh(place, high - low, left=low, height=0.8, color=_BAND)
        colour = {True: _WITHIN, False: _OUTSIDE, None: _PLAIN}[line.holds]
        axes.plot([line.measured.low, line.measured.high], [place, place], color=colour, lw=2)
        axes.plot(line.measured.value, place, "o", color=colour)
    least = min(line.measured.low for line in trial.lines)
    most = max(line.measured.high for line in trial.lines)
    axes.set_xlim(min(least, 0.0) - 0.03, max(most, 0.1) + 0.03)
    axes.set_yticks(
        range(len(trial.lines)), [f"{line.way}: {line.figure}" for line in trial.lines], fontsize=8
    )
    axes.invert_yaxis()
    axes.set_title(
        f"{trial.name}: {trial.runs} runs; every dot belongs inside its grey band\nmade-up world: not evidence"
        " about people",
        fontsize=10,
        loc="left",
    )
    return figure
