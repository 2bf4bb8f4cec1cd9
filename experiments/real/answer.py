"""The one question a reader has: does the model beat the best plain rule, by how much, and with what certainty?"""

from experiments.fitting import LEARNED
from models.evaluation import Evaluation
from models.resampling import Interval
from models.top_of_list import Capacity

ECE_BAR = 0.02


def against_the_best_rule(evaluation: Evaluation, capacity: Capacity) -> str:
    """Answer in one sentence, households redrawn, the same draws for both.

    The rule is the best one on the judged rows themselves, which favours the rule: nobody would have known
    beforehand that it is the best.
    """
    others = [name for name in evaluation.results if name != LEARNED]
    top, area = (
        max(others, key=lambda name: evaluation[name].at[capacity.name].precision.value),
        max(others, key=lambda name: evaluation[name].roc_auc.value),
    )
    found = evaluation.compare(LEARNED, top, capacity=capacity)
    mine, theirs = (evaluation[name].at[capacity.name].precision.value for name in (LEARNED, top))
    return (
        f"Does the model beat the best plain rule? {_verdict(found.difference)}: of the {capacity.name} ranked highest"
        f" {mine:.1%} are positive, {theirs:.1%} by the rule {top!r}, {100 * found.difference.value:+.1f} points"
        f" (95 %: {100 * found.difference.low:+.1f} to {100 * found.difference.high:+.1f}) or"
        f" {found.ratio.value:.2f} times as many ({found.ratio.low:.2f} to {found.ratio.high:.2f}); ROC-AUC"
        f" {evaluation.compare_auc(LEARNED, area).value:+.3f} against {area!r} ({_told(evaluation.compare_auc(LEARNED, area))})."
    )


def against_peer(evaluation: Evaluation, peer: str, capacity: Capacity) -> str:
    """Say in one sentence whether the model is at least as good as ``peer``."""
    area = evaluation.compare_auc(LEARNED, peer)
    top = evaluation.compare(LEARNED, peer, capacity=capacity).difference
    return (
        f"Against {peer} on the same columns: ROC-AUC {evaluation[LEARNED].roc_auc.value:.4f} and"
        f" {evaluation[peer].roc_auc.value:.4f}, {area.value:+.4f} ({_told(area)}); precision at {capacity.name}"
        f" {100 * top.value:+.1f} points ({100 * top.low:+.1f} to {100 * top.high:+.1f}); {_word(area)}."
    )


def calibration_told(evaluation: Evaluation) -> str:
    """Say in one sentence whether probabilities mean what they say."""
    error = evaluation[LEARNED].ece
    state = "within" if error <= ECE_BAR else "ABOVE"
    return f"Expected calibration error {error:.4f}, {state} the bar of {ECE_BAR:g}."


def _verdict(difference: Interval) -> str:
    if difference.low > 0:
        return "Yes, and chance does not explain it"
    return "No" if difference.high < 0 else "Cannot tell, the difference is within chance"


def _word(difference: Interval) -> str:
    return "ahead" if difference.low > 0 else "behind" if difference.high < 0 else "level (noise)"


def _told(one: Interval) -> str:
    return f"95 %: {one.low:+.4f} to {one.high:+.4f}"
