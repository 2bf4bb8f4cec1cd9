"""A decision of the gate on a terminal: a line per figure that was held against a bar."""

from collections.abc import Mapping

from rich.console import Console
from rich.markup import escape

from experiments.promotion.promoting import Outcome
from models.gate.answers import Answer, Check, Condition
from models.gate.decision import Decision, Verdict
from models.gate.decisions import Kind

STATE: Mapping[Kind, str] = {
    "promotion": "Promoted: it is the champion now",
    "provisional": "Promoted provisionally, as a cold start: nothing to compare with yet",
    "refusal": "Not promoted: the champion stays",
    "rollback": "Went back to the champion before",
    "signature": "Card signed",
}

_COLOUR = {Answer.HOLDS: "green", Answer.FAILS: "red", Answer.CANNOT_TELL: "yellow"}
_VERDICT_COLOUR = {Verdict.PROMOTE: "green", Verdict.REJECT: "red", Verdict.NOT_YET: "yellow"}


def show_decision(decision: Decision, console: Console, *, title: str, advise: bool = True) -> None:
    """Print every check, the verdict, and what to do about the checks that do not hold.

    A condition nobody gathered anything for takes one line. ``advise`` False leaves out what to do.
    """
    console.print(f"\n[bold]{escape(title)}[/]")
    for condition in decision.conditions:
        waived = ", waived" if condition.name in decision.waived else ""
        told = condition.answer
        console.print(f"[{_COLOUR[told]}]{told:>11}{waived}[/]  [bold]{condition.name}[/]")
        for check in _worth_a_line(condition):
            console.print(
                f"[{_COLOUR[check.answer]}]{check.answer:>13}[/]    {escape(line(check))}",
                soft_wrap=True,
                highlight=False,
            )
    colour = _VERDICT_COLOUR[decision.verdict]
    console.print(f"[bold {colour}]{escape(decision.sentence)}[/]", soft_wrap=True)
    for waiver in decision.waivers:
        console.print(
            f"  {escape(waiver.by)} answers for {waiver.condition}: {escape(waiver.reason)}",
            soft_wrap=True,
        )
    if not advise:
        return
    to_do = dict.fromkeys(
        check.to_do for one in decision.conditions for check in one.open_checks if check.to_do
    )
    for advice in to_do:
        console.print(f"  to do: {escape(advice)}", soft_wrap=True, highlight=False)


def show_outcome(outcome: Outcome, console: Console) -> None:
    """Print in two lines what came of a candidate; `promote --show` and the card have the rest."""
    console.print(f"[bold]{STATE[outcome.record.kind]}[/]", highlight=False)
    console.print(f"Gate: {escape(outcome.decision.sentence)}", soft_wrap=True, highlight=False)


def line(check: Check) -> str:
    """Return a check in one line: its figure with interval, the bar, and why."""
    figure = "" if check.figure is None else f" {check.figure:.4g}"
    between = check.interval
    interval = "" if between is None else f" (95 %: {between.low:.2f} to {between.high:.2f})"
    bar = f", bar {check.bar}" if check.bar else ""
    return f"{check.name}{figure}{interval}{bar}: {check.reason}"


def _worth_a_line(condition: Condition) -> tuple[Check, ...]:
    untold = all(check.figure is None for check in condition.checks)
    return condition.checks[:1] if untold else condition.checks
