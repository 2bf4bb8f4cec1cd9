"""How arrays of numbers inside the simulation become cells: columns, formats, feeds."""

from dataclasses import dataclass
from enum import Enum


class Kind(Enum):
    """How an array of the simulation is written into a cell."""

    ID = "id"
    DATE = "date"
    ENUM = "enum"
    NUMBER = "number"
    INTEGER = "integer"
    FLAG = "flag"
    TEXT = "text"
    LOOKUP = "lookup"


class Format(Enum):
    """File formats departments send."""

    CSV = "csv"
    JSONL = "jsonl"
    PARQUET = "parquet"
    XLSX = "xlsx"


@dataclass(frozen=True)
class Cell:
    """One column: ``prefix`` begins its ids, ``values`` are its enum values in code order.

    ``source`` names what a ``LOOKUP`` cell is looked up in, row number by row number.
    """

    name: str
    kind: Kind
    prefix: str = ""
    values: tuple[str, ...] = ()
    source: str = ""

    def code(self, value: str) -> int:
        """Return the integer that stands for an enum value inside the simulation."""
        return self.values.index(value)


@dataclass(frozen=True)
class Feed:
    """One department's feed. ``lag_days`` run from the end of the month to the delivery."""

    name: str
    cells: tuple[Cell, ...]
    form: Format
    lag_days: int
    encoding: str = "utf-8"

    @property
    def fact_id(self) -> str:
        """The column that identifies a fact across its corrections (always the first)."""
        return self.cells[0].name

    def cell(self, name: str) -> Cell:
        """Return the column called ``name``; raises KeyError when the feed has none."""
        for cell in self.cells:
            if cell.name == name:
                return cell
        raise KeyError(f"feed {self.name} has no column {name}")

    def code(self, column: str, value: str) -> int:
        """Return the code of an enum ``value`` of ``column``."""
        return self.cell(column).code(value)
