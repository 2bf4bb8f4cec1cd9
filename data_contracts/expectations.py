"""Contract -> Great Expectations suite, and back: results -> breaches. The only desk for that library.

Each suite is built once and run on a pandas frame pruned to the columns it speaks of. An expectation that
crashed is a fault of ours (:class:`ExpectationCrashed`), never bad data, although the library reports both as
``success: false``. Row by row checks return the rows; checks on a whole column return none.
"""

import logging
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING

# Read by the library on import; without it the import starts an analytics client.
os.environ["GX_ANALYTICS_ENABLED"] = "False"

import numpy as np
import pandas as pd

from data_contracts.checks import (
    Breach,
    Check,
    DuplicateValues,
    Expectation,
    InvalidValues,
    NullValues,
    RowCount,
    TypicalValue,
    columns_of,
)
from data_contracts.odcs import Contract

if TYPE_CHECKING:
    from great_expectations.core import ExpectationValidationResult
    from great_expectations.data_context.data_context.ephemeral_data_context import (
        EphemeralDataContext,
    )
    from great_expectations.expectations.expectation_configuration import ExpectationConfiguration
    from great_expectations.expectations.row_conditions import ComparisonCondition
    from great_expectations.validator.validator import Validator


class ExpectationCrashed(RuntimeError):
    """A check could not be carried out: the contract or the software is wrong, the data is not judged."""


_ROW_BY_ROW = frozenset(
    {
        "expect_column_values_to_be_between",
        "expect_column_values_to_be_in_set",
        "expect_column_values_to_not_be_in_set",
        "expect_column_values_to_not_be_null",
        "expect_column_values_to_match_regex",
        "expect_column_values_to_not_match_regex",
        "expect_column_value_lengths_to_be_between",
        "expect_column_pair_values_a_to_be_greater_than_b",
        "expect_column_pair_values_to_be_equal",
    }
)
"""Expectations that judge a row by itself, so that rows of several files may be checked at once."""


@dataclass(frozen=True)
class Suite:
    """The compiled checks of one contract; configurations are in step with their checks.

    The library's cost per run is that of a hundred thousand rows, so row by row checks of many small
    files are run in one go; the others see one file at a time.
    """

    feed: str
    columns: tuple[str, ...]
    row_checks: tuple[Check, ...]
    row_configurations: tuple["ExpectationConfiguration", ...]
    file_checks: tuple[Check, ...]
    file_configurations: tuple["ExpectationConfiguration", ...]


def suite_of(contract: Contract) -> Suite:
    """Return the suite of a contract.

    Raises:
        ExpectationCrashed: a check names an expectation the library does not have, or with wrong arguments.
    """
    ours = [check for check in contract.checks if _configuration(check) is not None]
    rows = tuple(check for check in ours if _type(check) in _ROW_BY_ROW)
    whole = tuple(check for check in ours if _type(check) not in _ROW_BY_ROW)
    # A frame without columns would have no rows to count.
    needed = {contract.fact_id, *(name for check in ours for name in columns_of(check.rule))}
    return Suite(
        feed=contract.feed,
        columns=tuple(name for name in contract.column_names if name in needed),
        row_checks=rows,
        row_configurations=_compiled(contract.feed, rows),
        file_checks=whole,
        file_configurations=_compiled(contract.feed, whole),
    )


def _type(check: Check) -> str:
    configuration = _configuration(check)
    return "" if configuration is None else configuration[0]


def _compiled(feed: str, checks: Sequence[Check]) -> tuple["ExpectationConfiguration", ...]:
    from great_expectations.expectations.expectation_configuration import ExpectationConfiguration

    configurations = []
    for check in checks:
        type_, kwargs = _configuration(check) or ("", {})
        told = ExpectationConfiguration(
            type=type_, kwargs=kwargs, meta={"check_id": check.check_id}
        )
        try:
            configurations.append(told.to_domain_obj().configuration)
        except Exception as error:
            raise ExpectationCrashed(
                f"feed {feed}: check {check.check_id} is no valid {type_}: {error}"
            ) from error
    return tuple(configurations)


def run(suite: Suite, frames: Sequence[pd.DataFrame]) -> list[list[Breach]]:
    """Return the breaches of each frame, rows as positions in that frame.

    Args:
        suite: the checks.
        frames: files of one feed with the columns of ``suite``, each row counted from 0.

    Raises:
        ExpectationCrashed: an expectation failed to run.
    """
    found: list[list[Breach]] = [[] for _ in frames]
    together = frames[0] if len(frames) == 1 else pd.concat(frames, ignore_index=True)
    starts = np.cumsum([0, *(len(frame) for frame in frames)])
    for breach in _breaches(suite.feed, suite.row_checks, suite.row_configurations, together):
        rows = np.array(breach.rows or (), np.int64)
        for place, (start, end) in enumerate(pairwise(starts)):
            within = rows[(rows >= start) & (rows < end)] - start
            if within.size:
                found[place].append(replace(breach, rows=tuple(within.tolist())))
    for place, frame in enumerate(frames):
        found[place] += _breaches(suite.feed, suite.file_checks, suite.file_configurations, frame)
    return found


def _breaches(
    feed: str,
    checks: Sequence[Check],
    configurations: Sequence["ExpectationConfiguration"],
    frame: pd.DataFrame,
) -> Iterator[Breach]:
    speaking = [
        (check, configuration)
        for check, configuration in zip(checks, configurations, strict=True)
        if _says_something(check, frame)
    ]
    if not speaking:
        return
    validator = _validator(frame)
    # Collecting rows costs as much as checking, and most expectations of most files hold: ask yes
    # or no first, and for the rows only where the answer is no.
    outcome = results_of(feed, validator, speaking, "BOOLEAN_ONLY")
    failed = [pair for pair in speaking if not outcome[pair[0].check_id].success]
    told = results_of(feed, validator, failed, "COMPLETE")
    for check, _ in failed:
        yield breach_of(check, told[check.check_id])


def results_of(
    feed: str,
    validator: "Validator",
    asked: Sequence[tuple[Check, "ExpectationConfiguration"]],
    form: str,
) -> dict[str, "ExpectationValidationResult"]:
    """Return the results by check id."""
    if not asked:
        return {}
    found = validator.graph_validate(
        configurations=[configuration for _, configuration in asked],
        runtime_configuration={"result_format": form},
    )
    results = {_check_id(result): result for result in found}
    for check, _ in asked:
        _require_finished(feed, check, results[check.check_id])
    return results


def _check_id(result: "ExpectationValidationResult") -> str:
    configuration = result.expectation_config
    return "" if configuration is None else str((configuration.meta or {}).get("check_id"))


def _validator(frame: pd.DataFrame) -> "Validator":
    """Return the library's validator for one frame.

    Its data sources would hash every cell of the frame three times to give the batch a fingerprint, which
    takes longer than the checks.
    """
    from great_expectations.core.batch import Batch
    from great_expectations.execution_engine.pandas_batch_data import PandasBatchData
    from great_expectations.execution_engine.pandas_execution_engine import PandasExecutionEngine
    from great_expectations.validator.validator import Validator

    engine = PandasExecutionEngine()
    batch = Batch(data=PandasBatchData(engine, frame))  # type: ignore[arg-type]  # their annotation is of the class
    return Validator(execution_engine=engine, batches=[batch], data_context=context())


@cache
def context() -> "EphemeralDataContext":
    import great_expectations
    from great_expectations.data_context.types.base import ProgressBarsConfig

    # It tells every temporary folder it makes; the operator's screen is not for that.
    logging.getLogger("great_expectations").setLevel(logging.WARNING)
    made = great_expectations.get_context(mode="ephemeral")
    made.variables.progress_bars = ProgressBarsConfig(globally=False, metric_calculations=False)
    return made


def _configuration(check: Check) -> tuple[str, dict[str, object]] | None:
    """Return expectation type and arguments, or None for checks the gate carries out itself."""
    match check.rule:
        case NullValues(column=column):
            return "expect_column_values_to_not_be_null", {"column": column}
        case InvalidValues(column=column, valid_values=values):
            return "expect_column_values_to_be_in_set", {
                "column": column,
                "value_set": list(values),
            }
        case DuplicateValues(columns=(column,)):
            return "expect_column_values_to_be_unique", {"column": column}
        case DuplicateValues(columns=columns):
            return "expect_compound_columns_to_be_unique", {"column_list": list(columns)}
        case RowCount(least=least, most=most):
            return "expect_table_row_count_to_be_between", {"min_value": least, "max_value": most}
        case Expectation(type=type_, kwargs=kwargs):
            return type_, dict(kwargs)
        case TypicalValue(column=column, low=low, high=high, where=where):
            bounds = {"column": column, "min_value": low, "max_value": high}
            narrowed = {} if where is None else {"row_condition": _equals(*where)}
            return "expect_column_median_to_be_between", bounds | narrowed
        case _:
            return None


def _equals(column: str, value: str) -> "ComparisonCondition":
    from great_expectations.expectations.row_conditions import Column

    return Column(column) == value


def _require_finished(feed: str, check: Check, result: "ExpectationValidationResult") -> None:
    # One expectation has one exception_info, but a crashed metric nests it under the metric's id.
    info = result.exception_info or {}
    raised = [info] if "raised_exception" in info else list(info.values())
    for one in raised:
        if isinstance(one, dict) and one.get("raised_exception"):
            raise ExpectationCrashed(
                f"feed {feed}: check {check.check_id} could not be carried out: {_kind(one)} in"
                f" {_type(check)}; does the contract ask what its columns cannot answer?"
            )


def _kind(raised: Mapping[str, object]) -> str:
    """Return which kind of exception it was; its message may quote a cell."""
    *_, last = str(raised.get("exception_traceback") or "").strip().splitlines() or [""]
    kind = re.match(r"(?:\w+\.)*([A-Za-z]\w*)(?::|$)", last, re.ASCII)
    return kind[1] if kind else "an exception"


def _says_something(check: Check, frame: pd.DataFrame) -> bool:
    """Return whether a typical value rests on enough rows to say anything about the unit."""
    if not isinstance(check.rule, TypicalValue):
        return True
    chosen = (
        frame
        if check.rule.where is None
        else frame[frame[check.rule.where[0]] == check.rule.where[1]]
    )
    return int(chosen[check.rule.column].notna().sum()) >= check.rule.min_rows


def breach_of(check: Check, result: "ExpectationValidationResult") -> Breach:
    rows = result.result.get("unexpected_index_list")
    positions = None if rows is None else tuple(sorted(int(row) for row in rows))
    return Breach(
        check.check_id, check.column, check.severity, positions, _detail(check, result.result)
    )


def _detail(check: Check, result: dict[str, object]) -> str:
    match check.rule:
        case InvalidValues(valid_values=values):
            return f"is none of {', '.join(values)}"
        case NullValues():
            return "is empty"
        case DuplicateValues():
            return "comes more than once"
        case TypicalValue(low=low, high=high, where=where):
            of = "" if where is None else f" of {where[0]} {where[1]}"
            return (
                f"the median{of} is {result['observed_value']:.6g}, expected {low:g} to {high:g};"
                " was the unit changed, times or divided by 1000?"
            )
        case RowCount(least=least, most=most):
            bounds = f"{least or 0} to {'any number' if most is None else most}"
            return f"the file has {result['observed_value']} rows, expected {bounds}"
        case Expectation(type=type_, kwargs=kwargs):
            return _plainly(type_, dict(kwargs))
        case _:
            raise AssertionError(f"check {check.check_id} is not carried out here")


def _plainly(type_: str, kwargs: dict[str, object]) -> str:
    """Return what a row did wrong, in words for the expectations our contracts use most."""
    match type_:
        case "expect_column_values_to_be_between":
            low, high = kwargs.get("min_value", "any"), kwargs.get("max_value", "any")
            return f"lies outside {low} to {high}"
        case "expect_column_pair_values_a_to_be_greater_than_b":
            than = "less than" if kwargs.get("or_equal") else "not more than"
            return f"{kwargs['column_A']} is {than} {kwargs['column_B']}"
        case "expect_column_values_to_match_regex":
            return f"is not written like {kwargs['regex']}"
        case _:
            told = ", ".join(
                f"{name}={value}" for name, value in kwargs.items() if name != "column"
            )
            return f"breaks {type_} ({told})"
