"""What a check expects, in words a department can read."""

from data_contracts.checks import (
    DuplicateValues,
    Expectation,
    InvalidValues,
    KnownIn,
    NotAfterArrival,
    NullValues,
    RowCount,
    Rule,
    TypicalValue,
)
from data_contracts.set_rules import (
    RECENT,
    MostlyKnown,
    UsualCodes,
    UsualDistribution,
    UsualGap,
    UsualGroups,
    UsualUnit,
    UsualVolume,
)


def expected(rule: Rule) -> str:
    """Return one sentence."""
    match rule:
        case NullValues():
            return "is never empty"
        case InvalidValues(valid_values=values):
            return f"is one of {', '.join(values)}"
        case DuplicateValues(columns=columns):
            return f"{', '.join(columns)}: no combination comes twice in one delivery"
        case RowCount(least=least, most=most):
            return f"{least or 0} to {'any number of' if most is None else most} rows"
        case TypicalValue(low=low, high=high, where=where, min_rows=rows):
            return f"the median{_of(where)} lies in {low:g} to {high:g} (from {rows} values on)"
        case NotAfterArrival():
            return "is not after the day of receipt"
        case KnownIn(feed=feed, feed_column=column):
            return f"is a {column} that feed {feed} has delivered"
        case Expectation():
            return _of_library(rule)
        case _:
            return _of_set(rule)


def _of_set(rule: Rule) -> str:
    match rule:
        case UsualVolume(low=low, high=high, min_deliveries=least):
            most = "any number" if high is None else f"{high:g}"
            return f"rows are {low:g} to {most} times the median of the last {RECENT} deliveries ({_from(least)})"
        case UsualGap():
            return "came within cadence plus latency of the delivery before"
        case UsualDistribution(most=most, min_rows=rows, min_deliveries=least):
            return (
                f"stability index against recent deliveries at most {most:g}, or what chance explains"
                f" (from {rows} rows and {_from(least)[5:]})"
            )
        case UsualUnit(where=where, min_rows=rows, min_deliveries=least):
            return (
                f"the median{_of(where)} is not about 10, 100, 1,000 or 10,000 times more or less than usual"
                f" (from {rows} values and {_from(least)[5:]})"
            )
        case UsualCodes(companion=companion, min_deliveries=least):
            by = "how often they come" if companion is None else f"the {companion} beside them"
            return f"no two codes have changed places, told by {by} ({_from(least)})"
        case UsualGroups(path=path, column=column, min_rows=rows, min_deliveries=least):
            level = path[-1].value if path else column
            return f"every {level} that always came is there (from {rows} usual rows, {_from(least)[5:]})"
        case MostlyKnown(feed=feed, feed_column=column, most_unknown_share=share):
            return f"at most {share:.0%} are no {column} of feed {feed}; the rows are kept"
        case _:
            raise AssertionError(f"no words for {rule}")


def _of_library(rule: Expectation) -> str:
    kwargs = dict(rule.kwargs)
    match rule.type:
        case "expect_column_values_to_be_between":
            low, high = kwargs.get("min_value", "any"), kwargs.get("max_value", "any")
            return f"lies in {low} to {high}"
        case "expect_column_pair_values_a_to_be_greater_than_b":
            more = "at least" if kwargs.get("or_equal") else "more than"
            return f"{kwargs['column_A']} is {more} {kwargs['column_B']}"
        case "expect_column_values_to_match_regex":
            return f"is written like {kwargs['regex']}"
        case _:
            told = ", ".join(f"{name} {value}" for name, value in rule.kwargs if name != "column")
            return f"{rule.type.removeprefix('expect_').replace('_', ' ')}: {told}"


def _of(where: tuple[str, str] | None) -> str:
    return "" if where is None else f" of {where[0]} {where[1]}"


def _from(least: int) -> str:
    return f"from {least} deliveries on"
