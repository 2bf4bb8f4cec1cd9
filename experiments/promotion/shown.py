"""A decision of the gate on a terminal: one line per figure that was held against a bar."""

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from models.gate.answers import Answer, Check
from models.gate.decision import Decision, Verdict

_COLOUR = {Answer.HOLDS: "green", Answer.FAILS: "red", Answer.CANNOT_TELL: "yellow"}
_VERDICT_COLOUR = {Verdict.PROMOTE: "green", Verdict.REJECT: "red", Verdict.NOT_YET: "yellow"}


def show_decision(decision: Decision, console: Console, *, title: str, advise: bool = True) -> None:
    """Print every check, the verdict, and what to do about the checks that do not hold.

    A condition nobody gathered anything for takes one line. ``advise`` False leaves out what to do.
    """
    table = Table("condition", "check", "answer", "figure", "bar", "95 %", "why", title=title)
    for condition in decision.conditions:
        waived = " (waived)" if condition.name in decision.waived else ""
        checks = condition.checks
        if all(check.figure is None and not check.counted for check in checks[1:]):
            checks = checks[:1]
        for place, check in enumerate(checks):
            table.add_row(
                escape(condition.name + waived) if not place else "",
                escape(check.name),
                f"[{_COLOUR[check.answer]}]{check.answer}[/]",
                _figure(check),
                escape(check.bar),
                _interval(check),
                escape(check.reason),
            )
    console.print(table)
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
    for line in to_do:
        console.print(f"  to do: {escape(line)}", soft_wrap=True, highlight=False)


def _figure(check: Check) -> str:
    return "" if check.figure is None else f"{check.figure:.4g}"


def _interval(check: Check) -> str:
    found = check.interval
    return "" if found is None else f"{found.low:.2f} to {found.high:.2f}"
