"""Conditions on what a score rests on: many sources, no proxy, no leak, clean labels, signed papers (E.1, 6 to 8)."""

from collections.abc import Mapping

from models.gate.answers import Answer, Check, Condition, at_most, is_known, not_gathered
from models.gate.bars import Bars
from models.gate.evidence import LabelHygiene, LeakCheck, Papers


def single_source(found: Mapping[str, float] | None, bars: Bars) -> Condition:
    """No department alone makes the list."""
    if not found:
        ablate = "run `zhaoren-lab ablate` over the departments"
        check = not_gathered("single_source", "lists without a department", to_do=ablate)
        return Condition("single_source", (check,))
    return Condition(
        "single_source",
        tuple(
            _below(
                f"without {department}", share, bars["department_share"],
                said=f"{share:.1%} of the list changes without {department}",
                to_do="spread the evidence over sources, or fall back when that feed is late",
            )
            for department, share in sorted(found.items())
        ),
    )  # fmt: skip


def proxies(found: Mapping[str, float] | None, bars: Bars) -> Condition:
    """The score does not tell protected attributes."""
    checks = []
    told = found or {}
    for attribute in sorted({*bars.attributes, *told}):
        name = f"proxy of {attribute}"
        if attribute not in told:
            to_do = f"predict {attribute} from the score"
            checks.append(not_gathered(name, "a proxy test", to_do=to_do))
            continue
        auc = told[attribute]
        checks.append(
            _below(
                name, auc, bars["proxy_auc"],
                said=f"the score tells {attribute} with a ROC-AUC of {auc:.2f}",
                to_do="drop or bin the features that stand for it and train again, or sign why it is part of need",
            )
        )  # fmt: skip
    return Condition("proxies", tuple(checks))


def leaks(found: LeakCheck | None, bars: Bars) -> Condition:
    """No column learned from knows the answer, as far as the leak alarm can see."""
    look = "run `zhaoren-lab leaks --model MODEL`"
    if found is None:
        check = not_gathered("leak_alarms", "what the leak alarm says", to_do=look)
        return Condition("leaks", (check,))
    to_do = ""
    if not at_most(len(found.rang), bars["leak_alarms"]):
        answer, reason = Answer.FAILS, "; ".join(found.rang)
        to_do = "ask when the column is filled in; leave it out and train again, or sign that it is known before"
    elif found.not_looked_at:
        answer, reason = Answer.CANNOT_TELL, "not looked at: " + "; ".join(found.not_looked_at)
        to_do = look
    else:
        answer, reason = Answer.HOLDS, "no alarm, which is no proof"
    check = Check(
        name="leak_alarms",
        answer=answer,
        figure=float(len(found.rang)),
        bar=f"{bars['leak_alarms']:g}",
        counted=found.rows,
        reason=reason,
        to_do=to_do,
    )
    return Condition("leaks", (check,))


def label_hygiene(found: LabelHygiene | None, bars: Bars) -> Condition:
    """Nobody who was not met counts as a household without need."""
    if found is None or not found.negatives:
        check = not_gathered(
            "wrong_negatives", "the findings behind the negatives", to_do="train with visits"
        )
        return Condition("label_hygiene", (check,))
    wrong = found.unreachable + found.refused + found.moved
    holds = wrong <= bars["wrong_negatives"]
    check = Check(
        name="wrong_negatives",
        answer=Answer.HOLDS if holds else Answer.FAILS,
        figure=float(wrong),
        bar=f"{bars['wrong_negatives']:g}",
        counted=found.negatives,
        reason=f"{found.unreachable} unreachable, {found.refused} refused and {found.moved} moved"
        f" among {found.negatives} negatives",
        to_do="" if holds else "correct the outcome definition and train again",
    )
    return Condition("label_hygiene", (check,))


def papers(found: Papers | None, bars: Bars) -> Condition:
    """A person signed the card, the impact assessment is on file, and going back was rehearsed."""
    signed = found is not None and bool(found.card_sha256) and bool(found.signed_by)
    assessed = found is not None and bool(found.impact_assessment_sha256)
    card = Check(
        name="card_signed",
        answer=Answer.HOLDS if signed else Answer.CANNOT_TELL,
        bar="a named person, by hash",
        reason=f"signed by {found.signed_by}" if found and signed else "no signed model card",
        to_do="" if signed else "read the card and sign it: `zhaoren-lab card --sign-as NAME`",
    )
    assessment = Check(
        name="impact_assessment",
        answer=Answer.HOLDS if assessed else Answer.CANNOT_TELL,
        bar="on file, by hash",
        reason="on file" if assessed else "no impact assessment on file",
        to_do=""
        if assessed
        else "name it when signing: `zhaoren-lab card --sign-as NAME --assessment FILE`",
    )
    return Condition("papers", (card, assessment, _rollback(found, bars)))


def _rollback(found: Papers | None, bars: Bars) -> Check:
    seconds, bar = found.rollback_seconds if found else None, bars["rollback_seconds"]
    if seconds is None or not is_known(seconds):
        return not_gathered(
            "rollback", "a rehearsal", to_do="have a champion to go back to; the gate rehearses it"
        )
    return _below(
        "rollback", seconds, bar,
        said=f"going back took {seconds:.2f} s", to_do="find out what is slow", unit=" s",
    )  # fmt: skip


def _below(name: str, figure: float, bar: float, *, said: str, to_do: str, unit: str = "") -> Check:
    if not is_known(figure):
        return not_gathered(name, "a figure", to_do="measure it again")
    holds = at_most(figure, bar)
    return Check(
        name=name,
        answer=Answer.HOLDS if holds else Answer.FAILS,
        figure=figure,
        bar=f"<= {bar:g}{unit}",
        reason=said,
        to_do="" if holds else to_do,
    )
