"""From declared features to the numbers a learner sees, the same in training and at night.

Categories become places in a vocabulary frozen in training; a category never seen there is unknown, as
is every null. Values are 32-bit: half the memory, and rounding never changes the order of two values.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

if TYPE_CHECKING:
    # Only a type here: the scoring process should not wait for Ibis.
    from features.registry import Feature

Matrix = npt.NDArray[np.float32]
RowMask = npt.NDArray[np.bool_]


class EncodingError(ValueError):
    """A frame does not have the columns or the types that were declared."""


@dataclass(frozen=True)
class Column:
    """One model input: the part of a feature's declaration that scoring depends on."""

    name: str
    dtype: str
    monotone: int
    categories: tuple[str, ...] = ()


@dataclass(frozen=True)
class Encoding:
    """Model inputs in order."""

    columns: tuple[Column, ...]

    @classmethod
    def learn(
        cls, frame: pd.DataFrame, features: "Iterable[Feature]", *, rows: RowMask | None = None
    ) -> "Encoding":
        """Freeze the vocabularies of ``frame`` (training rows only), or of its ``rows``."""
        columns = []
        for feature in features:
            _require(frame, [feature.name])
            seen: Sequence[str] = ()
            if feature.dtype == "category":
                values = _some(frame[feature.name], rows)
                seen = sorted(str(value) for value in values.dropna().unique())
            columns.append(Column(feature.name, feature.dtype, feature.monotone, tuple(seen)))
        return cls(tuple(columns))

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the inputs in order."""
        return tuple(column.name for column in self.columns)

    @property
    def categorical(self) -> tuple[int, ...]:
        """Places of the categories among the inputs."""
        return tuple(
            place for place, column in enumerate(self.columns) if column.dtype == "category"
        )

    @property
    def monotone(self) -> tuple[int, ...]:
        """Declared direction of every input."""
        return tuple(column.monotone for column in self.columns)

    def matrix(self, frame: pd.DataFrame, *, rows: RowMask | None = None) -> Matrix:
        """Return the inputs of every row (or of ``rows``, a mask); unknown is NaN.

        One column is copied at a time: a training frame of many dates fills most of the memory.

        Raises:
            EncodingError: a declared column is absent, or holds something that is not its type.
        """
        _require(frame, self.names)
        number = len(frame) if rows is None else int(rows.sum())
        encoded = np.empty((number, len(self.columns)), dtype=np.float32)
        for place, column in enumerate(self.columns):
            encoded[:, place] = _numbers(_some(frame[column.name], rows), column)
        return encoded

    def to_json(self) -> list[dict[str, object]]:
        """Return plain values, readable by :meth:`from_json`."""
        return [
            {
                "name": column.name,
                "dtype": column.dtype,
                "monotone": column.monotone,
                "categories": list(column.categories),
            }
            for column in self.columns
        ]

    @classmethod
    def from_json(cls, stored: Iterable[Mapping[str, object]]) -> "Encoding":
        """Rebuild from what :meth:`to_json` returned."""
        columns = []
        for found in stored:
            categories, monotone = found["categories"], found["monotone"]
            if not isinstance(categories, list) or not isinstance(monotone, int):
                raise EncodingError(f"stored column {found.get('name')!r} is malformed")
            columns.append(
                Column(str(found["name"]), str(found["dtype"]), monotone, tuple(categories))
            )
        return cls(tuple(columns))


def _require(frame: pd.DataFrame, names: Iterable[str]) -> None:
    absent = [name for name in names if name not in frame.columns]
    if absent:
        raise EncodingError(
            f"the matrix lacks {len(absent)} declared feature(s), the first are {absent[:5]}:"
            " rebuild the matrix with the feature groups this model was trained on"
        )


def _some(values: pd.Series, rows: RowMask | None) -> pd.Series:
    return values if rows is None else values[rows]


def _numbers(values: pd.Series, column: Column) -> npt.NDArray[np.float64]:
    if column.dtype == "category":
        text = values.astype("object").map(str, na_action="ignore")
        places = pd.Index(column.categories, dtype="object").get_indexer(pd.Index(text))
        return np.where(places < 0, np.nan, places.astype(np.float64))
    try:
        numbers = values.to_numpy(dtype=np.float64, na_value=np.nan)
    except (TypeError, ValueError) as error:
        raise EncodingError(
            f"feature {column.name} is declared {column.dtype} but the matrix holds {values.dtype}"
        ) from error
    # 1e39 would become infinity in 32 bits; a value that large is a unit error, not a household.
    if bool((np.abs(numbers[~np.isnan(numbers)]) > np.finfo(np.float32).max).any()):
        raise EncodingError(f"feature {column.name} holds an infinite or absurdly large value")
    return numbers
