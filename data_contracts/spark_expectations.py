"""The same compiled suite on a Spark frame, for deliveries too large for one machine's memory.

Spark's rows have no order, so the frame carries the position of each row in its file as a column; breaches name
rows by it. Everything else (what is asked, what counts as a breach, what is said) is that of
:mod:`data_contracts.expectations`.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from data_contracts.checks import Breach, Check, RowCount, TypicalValue, columns_of
from data_contracts.expectations import Suite, breach_of, context, results_of, run

if TYPE_CHECKING:
    from great_expectations.expectations.expectation_configuration import ExpectationConfiguration
    from great_expectations.validator.validator import Validator
    from pyspark.sql import DataFrame


def run_on_spark(suite: Suite, frame: "DataFrame", *, position: str) -> list[Breach]:
    """Return the breaches of one delivery, rows as positions in its file.

    Args:
        suite: the checks.
        frame: the columns of ``suite`` and ``position``.
        position: the column that counts the rows of the file from 0.

    Raises:
        ExpectationCrashed: an expectation failed to run.
    """
    asked = [
        (check, configuration)
        for checks, configurations in (
            (suite.row_checks, suite.row_configurations),
            (suite.file_checks, suite.file_configurations),
        )
        for check, configuration in zip(checks, configurations, strict=True)
        if _says_something(check, frame)
    ]
    if not asked:
        return []
    validator = _validator(frame.persist())
    try:
        outcome = results_of(suite.feed, validator, asked, "BOOLEAN_ONLY")
        failed = [pair for pair in asked if not outcome[pair[0].check_id].success]
        told = results_of(suite.feed, validator, _with_rows(failed, position), "COMPLETE")
        for result in told.values():
            rows = result.result.get("unexpected_index_list")
            if rows is not None:
                result.result["unexpected_index_list"] = [row[position] for row in rows]
        breaches = [breach_of(check, told[check.check_id]) for check, _ in failed]
        return [
            _with_named_rows(one, pair, suite, frame, position)
            for one, pair in zip(breaches, failed, strict=True)
        ]
    finally:
        frame.unpersist()


def _with_named_rows(
    breach: Breach,
    asked: tuple[Check, "ExpectationConfiguration"],
    suite: Suite,
    frame: "DataFrame",
    position: str,
) -> Breach:
    """Return the breach with its rows, where the library's Spark side counts them but does not name them.

    It names no rows for expectations over two or more columns. Those columns alone are then brought here and
    looked at as any small file is.
    """
    check, configuration = asked
    if breach.rows is not None or isinstance(check.rule, RowCount | TypicalValue):
        return breach
    columns = columns_of(check.rule)
    narrow = frame.select(position, *columns).orderBy(position).toPandas()
    alone = replace(
        suite,
        row_checks=(),
        row_configurations=(),
        file_checks=(check,),
        file_configurations=(configuration,),
    )
    [found] = run(alone, [narrow[list(columns)]])[0]
    rows = None if found.rows is None else tuple(int(narrow[position][row]) for row in found.rows)
    return replace(breach, rows=rows)


def _with_rows(
    asked: Sequence[tuple[Check, "ExpectationConfiguration"]], position: str
) -> list[tuple[Check, "ExpectationConfiguration"]]:
    """Return the configurations asking for rows by their position."""
    from great_expectations.expectations.expectation_configuration import ExpectationConfiguration

    form = {"result_format": "COMPLETE", "unexpected_index_column_names": [position]}
    return [
        (
            check,
            ExpectationConfiguration(
                type=asks.type, kwargs={**asks.kwargs, "result_format": form}, meta=asks.meta
            ),
        )
        for check, asks in asked
    ]


def _validator(frame: "DataFrame") -> "Validator":
    from great_expectations.core.batch import Batch
    from great_expectations.execution_engine.sparkdf_batch_data import SparkDFBatchData
    from great_expectations.execution_engine.sparkdf_execution_engine import (
        SparkDFExecutionEngine,
    )
    from great_expectations.validator.validator import Validator

    engine = SparkDFExecutionEngine()
    batch = Batch(data=SparkDFBatchData(engine, frame))  # type: ignore[arg-type]  # as for pandas
    return Validator(execution_engine=engine, batches=[batch], data_context=context())


def _says_something(check: Check, frame: "DataFrame") -> bool:
    """Return whether a typical value rests on enough rows to say anything about the unit."""
    if not isinstance(check.rule, TypicalValue):
        return True
    chosen = frame
    if check.rule.where is not None:
        column, value = check.rule.where
        chosen = frame.filter(frame[column] == value)
    return bool(chosen.filter(chosen[check.rule.column].isNotNull()).count() >= check.rule.min_rows)
