"""Conditions on how a candidate runs: green data, the same numbers everywhere, a steady list (E.1, 1 to 2)."""

import math

from models.gate.answers import Answer, Check, Condition, at_most, is_known, not_gathered
from models.gate.bars import Bars
from models.gate.evidence import DataContract, GoldenSet, Shadow


def data_contract(found: DataContract | None, bars: Bars) -> Condition:
    """Every one of the latest nights ran on feeds that kept their contracts."""
    wanted = int(bars["contract_nights"])
    wait = f"let the night run {wanted} times on feeds that keep their contracts"
    if found is None or not found.nights:
        check = not_gathered("green_nights", "the verdicts of any night", to_do=wait)
        return Condition("data_contract", (check,))
    red = found.nights - found.green
    if red:
        answer, reason = (
            Answer.FAILS,
            f"on {red} of {found.nights} nights a feed broke its contract",
        )
        to_do = "see the data docs of those nights, and ask the department; then wait again"
    elif found.nights < wanted:
        answer, reason = Answer.CANNOT_TELL, f"only {found.nights} nights so far, all green"
        to_do = wait
    else:
        answer, reason, to_do = Answer.HOLDS, f"{found.nights} nights, all green", ""
    check = Check(
        name="green_nights",
        answer=answer,
        figure=float(found.green),
        bar=f"{wanted} of {wanted}",
        counted=found.nights,
        reason=reason,
        to_do=to_do,
    )
    return Condition("data_contract", (check,))


def golden_set(found: GoldenSet | None, bars: Bars) -> Condition:
    """The golden predictions are the same bits after reloading and in another process."""
    to_do = "run `zhaoren-lab promote`, which predicts the golden rows again"
    if found is None:
        check = not_gathered("golden", "golden predictions made again", to_do=to_do)
        return Condition("golden_set", (check,))
    tries = {"after_reload": found.reload, "other_process": found.other_process}
    if found.other_machine is not None:
        tries["other_machine"] = found.other_machine
    return Condition(
        "golden_set",
        tuple(_golden(name, value, bars["golden_difference"]) for name, value in tries.items()),
    )


def _golden(name: str, largest: float | None, bar: float) -> Check:
    told = f"{bar:g}"
    if largest is None:
        return not_gathered(
            name, "the golden predictions there", to_do="predict the golden rows again there"
        )
    if math.isnan(largest) or largest > bar:
        return Check(
            name=name,
            answer=Answer.FAILS,
            figure=largest,
            bar=told,
            reason=f"golden predictions differ by {largest:.3g}",
            to_do="compare library versions with those of the training; do not publish with it",
        )
    return Check(name=name, answer=Answer.HOLDS, figure=largest, bar=told, reason="the same bits")


def shadow(found: Shadow | None, bars: Bars) -> Condition:
    """The challenger was scored beside the champion long enough, and its list does not flicker."""
    wanted = int(bars["shadow_nights"])
    to_do = f"keep the matrices of {wanted} nights; the gate scores them with the challenger"
    if found is None or not found.nights:
        check = not_gathered("shadow_nights", "any shadow night", to_do=to_do)
        return Condition("shadow", (check,))
    enough = found.nights >= wanted
    nights = Check(
        name="shadow_nights",
        answer=Answer.HOLDS if enough else Answer.CANNOT_TELL,
        figure=float(found.nights),
        bar=f">= {wanted}",
        counted=found.nights,
        reason=f"{found.nights} shadow nights",
        to_do="" if enough else to_do,
    )
    return Condition("shadow", (nights, _churn(found, bars), _overlap(found)))


def _churn(found: Shadow, bars: Bars) -> Check:
    bar, alert = bars["shadow_churn"], bars["shadow_churn_alert"]
    if not found.churn or not all(map(is_known, found.churn)):
        return not_gathered("churn", "how the list changed overnight", to_do="score more nights")
    worst = max(found.churn)
    above = sum(one > alert for one in found.churn)
    alarm = f"; ALERT: above {alert:.0%} on {above} nights" if above else ""
    holds = at_most(worst, bar)
    return Check(
        name="churn",
        answer=Answer.HOLDS if holds else Answer.FAILS,
        figure=worst,
        bar=f"<= {bar:.0%} a night",
        counted=len(found.churn),
        reason=f"at most {worst:.1%} of the list was new from one night to the next{alarm}",
        to_do="" if holds else "find the features that jump: `zhaoren-lab features`",
    )


def _overlap(found: Shadow) -> Check:
    """Overlap has no bar: a better list may well be another one. It has to be known."""
    if found.overlap is None or not is_known(found.overlap):
        return not_gathered(
            "overlap",
            "how much of the list the champion shares",
            to_do="score the same nights with the champion",
        )
    return Check(
        name="overlap",
        answer=Answer.HOLDS,
        figure=found.overlap,
        bar="reported",
        counted=found.nights,
        reason=f"shares {found.overlap:.1%} of its list with the champion",
    )
