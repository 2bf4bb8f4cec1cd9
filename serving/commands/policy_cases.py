"""``zhaoren policy test``: whether the rules still answer as the policy officer's cases say."""

from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from serving.commands.edge import Edge
from serving.refusals import ExitCode, Refusal

if TYPE_CHECKING:
    from models.rules.case_running import Outcome

CASES_FAILED = 1


def hold_cases(
    context: typer.Context,
    folder: Annotated[
        Path | None, typer.Argument(help="Folder of your own cases, instead of those shipped.")
    ] = None,
) -> int:
    """Judge every policy case by the rules in force on its day; exit 1 if one is answered otherwise."""
    from features.connections import open_engine
    from models.rules.answering import RULE_FACTS
    from models.rules.case_running import run_cases
    from models.rules.cases import SHIPPED, CaseError, read_cases

    edge: Edge = context.obj
    try:
        cases = read_cases(folder or SHIPPED, among=RULE_FACTS)
        with open_engine() as engine:
            outcomes = run_cases(engine, cases, own=edge.settings.regions)
    except CaseError as error:
        raise Refusal(
            ExitCode.POLICY_WRONG, found=f"{error}.", to_do="Correct the case and run again."
        ) from error
    by_file: dict[str, dict[str, bool]] = defaultdict(dict)
    for outcome in outcomes:
        file = outcome.case.where.partition(",")[0]
        passes = by_file[file].get(outcome.case.name, True)
        by_file[file][outcome.case.name] = passes and not outcome.differences
    table = Table("file", "pass", "fail")
    for file, passed in by_file.items():
        good = sum(passed.values())
        table.add_row(file, str(good), str(len(passed) - good))
    edge.out.print(table)
    failed = [outcome for outcome in outcomes if outcome.differences]
    for outcome in failed:
        _tell(edge, outcome)
    wrong = len({outcome.case.name for outcome in failed})
    edge.out.print(f"{len(cases)} cases: {len(cases) - wrong} pass, {wrong} fail.")
    return CASES_FAILED if failed else int(ExitCode.OK)


def _tell(edge: Edge, outcome: "Outcome") -> None:
    case = outcome.case
    lines = [
        f"FAIL {case.name} ({case.where}; {case.region}, {case.as_of_date})",
        f"  {outcome.rule.rule_id}: {'; '.join(outcome.differences)}",
        *(f"    {compared}" for compared in outcome.behind),
        f"  {case.quote}",
    ]
    edge.out.print("\n".join(lines), soft_wrap=True, markup=False)
