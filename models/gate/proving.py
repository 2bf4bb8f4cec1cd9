"""Conditions on what visits by lot found: worth more than chance, no worse than before, honest (E.1, 3 to 4)."""

from models.gate.answers import (
    Answer,
    Check,
    Condition,
    at_least,
    at_most,
    is_known,
    not_gathered,
)
from models.gate.bars import Bars
from models.gate.evidence import Arm, CalibrationOnSlice, Prospective
from models.gate.shares import difference, ratio


def prospective(found: Prospective | None, bars: Bars) -> Condition:
    """Visits after the model was frozen, assigned by lot: lift over random, loss against the champion."""
    to_do = f"visit {bars['arm_visits']:g} households per arm, drawn by lot, after training"
    if found is None:
        check = not_gathered("lift", "visits by lot after the model was frozen", to_do=to_do)
        return Condition("prospective", (check,))
    arms = {"challenger": found.challenger, "random": found.random, "champion": found.champion}
    sizes = [_size(name, arm, bars, to_do) for name, arm in arms.items()]
    return Condition(
        "prospective",
        (*sizes, _lift(found, bars, to_do), _not_worse(found, bars, to_do)),
    )


def _size(name: str, arm: Arm | None, bars: Bars, to_do: str) -> Check:
    if arm is None:
        return not_gathered(f"visits_{name}", f"visits of a {name} arm", to_do=to_do)
    wanted, visits = bars["arm_visits"], arm.visits
    enough = visits >= wanted
    return Check(
        name=f"visits_{name}",
        answer=Answer.HOLDS if enough else Answer.CANNOT_TELL,
        figure=float(visits),
        bar=f">= {wanted:g}",
        counted=visits,
        reason=f"{visits} completed visits in the {name} arm",
        to_do="" if enough else to_do,
    )


def _lift(found: Prospective, bars: Bars, to_do: str) -> Check:
    mine, random, bar = found.challenger, found.random, bars["lift"]
    if random is None:
        return not_gathered("lift", "visits by lot without a model", to_do=to_do)
    lift = ratio(mine.found, mine.visits, random.found, random.visits)
    if not is_known(lift.value):
        return not_gathered("lift", "a found need in the random arm", to_do=to_do)
    enough = min(mine.visits, random.visits) >= bars["arm_visits"]
    # Too few visits prove nothing, unless even the most the interval allows is too little.
    if at_least(lift.value, bar):
        answer = Answer.HOLDS if enough else Answer.CANNOT_TELL
    else:
        answer = Answer.FAILS if enough or lift.high < bar else Answer.CANNOT_TELL
    rate, chance = mine.found / mine.visits, random.found / random.visits
    return Check(
        name="lift",
        answer=answer,
        figure=lift.value,
        bar=f">= {bar:g}",
        interval=lift,
        counted=mine.visits,
        reason=f"{rate:.1%} of its visits found need, {chance:.1%} of random ones did",
        to_do={
            Answer.FAILS: "keep the champion; the model does not beat chance by enough",
            Answer.CANNOT_TELL: to_do,
        }.get(answer, ""),
    )


def _not_worse(found: Prospective, bars: Bars, to_do: str) -> Check:
    mine, champion, bar = found.challenger, found.champion, bars["precision_loss"]
    if champion is None or not champion.visits or not mine.visits:
        return not_gathered("not_worse", "visits by lot of the champion's list", to_do=to_do)
    lost = difference(mine.found, mine.visits, champion.found, champion.visits)
    enough = min(mine.visits, champion.visits) >= bars["arm_visits"]
    if lost.low > bar:
        answer = Answer.HOLDS if enough else Answer.CANNOT_TELL
    else:
        answer = Answer.FAILS if enough or lost.high <= bar else Answer.CANNOT_TELL
    return Check(
        name="not_worse",
        answer=answer,
        figure=lost.value,
        bar=f"lower bound > {100 * bar:g} pp",
        interval=lost,
        counted=champion.visits,
        reason=f"precision minus the champion's: {_points(lost.value)}, at least {_points(lost.low)}",
        to_do={
            Answer.FAILS: "keep the champion, or visit more households of both lists by lot",
            Answer.CANNOT_TELL: to_do,
        }.get(answer, ""),
    )


def calibration(found: CalibrationOnSlice | None, bars: Bars) -> Condition:
    """Probabilities mean what they say among households visited by lot."""
    wanted = bars["arm_visits"]
    to_do = f"complete {wanted:g} visits of the random slice"
    if found is None or not found.visits:
        check = not_gathered("calibration_error", "answers of the random slice", to_do=to_do)
        return Condition("calibration", (check,))
    enough = found.visits >= wanted
    return Condition(
        "calibration", (_error(found, bars, enough, to_do), _top(found, bars, enough, to_do))
    )


def _error(found: CalibrationOnSlice, bars: Bars, enough: bool, to_do: str) -> Check:
    bar = bars["calibration_error"]
    if not is_known(found.error) or not is_known(found.by_chance):
        return not_gathered("calibration_error", "a calibration error", to_do=to_do)
    by_luck = at_most(found.error, found.by_chance)
    if at_most(found.error, bar):
        answer = Answer.HOLDS if enough else Answer.CANNOT_TELL
    else:
        # Above the bar, but true probabilities would miss as much on so few visits.
        answer = Answer.CANNOT_TELL if by_luck else Answer.FAILS
    luck = f"; true probabilities would show up to {found.by_chance:.3f} on so few visits"
    return Check(
        name="calibration_error",
        answer=answer,
        figure=found.error,
        bar=f"<= {bar:g}",
        counted=found.visits,
        reason=f"ten bins are off by {found.error:.3f} on average"
        + (luck if answer is Answer.CANNOT_TELL else ""),
        to_do={
            Answer.FAILS: "calibrate again on a later random slice",
            Answer.CANNOT_TELL: "complete more visits of the random slice",
        }.get(answer, ""),
    )


def _top(found: CalibrationOnSlice, bars: Bars, enough: bool, to_do: str) -> Check:
    bar, seen, said = bars["top_decile_error"], found.top_observed, found.top_predicted
    off = abs(seen.value - said)
    if not is_known(off):
        return not_gathered("top_decile", "what the tenth on top came to", to_do=to_do)
    outside = said < seen.low - bar or said > seen.high + bar
    if at_most(off, bar):
        answer = Answer.HOLDS if enough else Answer.CANNOT_TELL
    else:
        answer = Answer.FAILS if enough or outside else Answer.CANNOT_TELL
    return Check(
        name="top_decile",
        answer=answer,
        figure=off,
        bar=f"<= {100 * bar:g} pp",
        interval=seen,
        counted=found.visits,
        reason=f"promised {said:.1%} in the tenth on top, found {seen.value:.1%}",
        to_do={
            Answer.FAILS: "calibrate again on a later random slice",
            Answer.CANNOT_TELL: to_do,
        }.get(answer, ""),
    )


def _points(share: float) -> str:
    return f"{100 * share:+.1f} pp"
