"""How people write unknown, yes, no, numbers and dates into tables."""

import pandas as pd

NULLS = ["", "NA", "N/A", "NaN", "nan", "null", "NULL", "None", "-", "无", "缺失"]
YES = {"1", "1.0", "true", "yes", "y", "t", "是"}
NO = {"0", "0.0", "false", "no", "n", "f", "否"}

_AROUND_NUMBERS = r"[\s,，¥￥$€%％元]"
_CHINESE_DATE = r"(\d+)年(\d+)月(\d+)日?"


def as_numbers(values: pd.Series) -> pd.Series:
    """Read numbers with what people write around them (1,200.50 or 12 % or ¥300); null where there is none."""
    bare = values.str.replace(_AROUND_NUMBERS, "", regex=True)
    return pd.to_numeric(bare, errors="coerce")


def as_dates(values: pd.Series) -> pd.Series:
    """Read dates, also as 2026年1月31日; null where there is none."""
    plain = values.str.replace(_CHINESE_DATE, r"\1-\2-\3", regex=True)
    return pd.to_datetime(plain, errors="coerce", format="mixed")
