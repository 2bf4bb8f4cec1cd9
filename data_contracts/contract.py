"""What a department promises about one feed, as the rest of the engine sees it: frozen, every reference resolved.

Reading one from YAML is :mod:`data_contracts.odcs`.
"""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass, replace

from data_contracts.checks import Check

DIRECT_IDENTIFIER = "S4"
CLASSIFICATIONS = {
    "S1": "open",
    "S2": "personal",
    "S3": "sensitive personal: health, finance, children under 14",
    DIRECT_IDENTIFIER: "direct identifier: names the person, the phone, the account or the door",
}
PSEUDONYMISED = ("national_id", "phone", "account")
"""Kinds of identifier replaced at the edge by a keyed pseudonym, kept under the same column name."""
SEALED = ("name", "address_text")
"""Kinds of identifier that never enter the lake; the sealed store keeps them."""

SEALED_MARK = "sealed_mark"
"""Column the lake adds to feeds with something in the sealed store; see :attr:`Contract.stored_columns`."""


class ContractError(ValueError):
    """A contract does not say what it must; the message names the file and what to write."""


@dataclass(frozen=True)
class Column:
    """One column as promised. ``required`` means never null; ``enum`` is empty when any value may come.

    ``identifier`` is the kind of a direct identifier (class S4), else None. ``reidentify`` says that the raw
    value of a pseudonymised column is kept in the sealed store. A file need not have a column that
    ``may_be_left_out``: one the contract says so of, and a sealed one :meth:`Contract.without_key`.
    """

    name: str
    logical_type: str
    required: bool
    enum: tuple[str, ...]
    unit: str | None
    classification: str
    description: str
    identifier: str | None = None
    reidentify: bool = False
    may_be_left_out: bool = False
    points_to: tuple[str, ...] = ()
    """``feed.column`` of relationships the contract states."""

    @property
    def is_coded(self) -> bool:
        """Whether the column has codes, or yes and no: counting its values names nobody."""
        return bool(self.codes)

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes it may have; yes and no of a boolean are ``true`` and ``false``."""
        return self.enum or (("true", "false") if self.logical_type == "boolean" else ())

    @property
    def is_numeric(self) -> bool:
        """Whether the column is measured in a unit."""
        return self.logical_type in ("number", "integer")

    @property
    def is_sealed(self) -> bool:
        """Whether the column is kept in the sealed store only."""
        return self.identifier in SEALED

    @property
    def is_pseudonymised(self) -> bool:
        """Whether the lake holds pseudonyms of the column's values."""
        return self.identifier in PSEUDONYMISED


_MARK = Column(
    name=SEALED_MARK,
    logical_type="string",
    required=False,
    enum=(),
    unit=None,
    classification="S2",
    description="Keyed digest of what the sealed store keeps of the row.",
)


@dataclass(frozen=True)
class Contract:
    """What a department promises about one feed.

    ``cadence_days``, ``latency_days`` and ``retention_days`` are days; ``limitations`` says who is missing,
    ``usage`` what the feed may not be used for. ``max_quarantined_share`` is a share of the rows of a file.
    """

    feed: str
    version: str
    department: str
    domain: str
    entity: str
    entity_column: str
    fact_id: str
    columns: tuple[Column, ...]
    checks: tuple[Check, ...]
    cadence_days: int
    latency_days: int
    retention_days: int
    granularity: str
    purpose: str
    limitations: str
    usage: str
    legal_basis: str
    owner: str
    max_quarantined_share: float
    optional: bool = False
    """Whether a district may do without the feed; then it is never late before its first delivery."""

    @property
    def column_names(self) -> tuple[str, ...]:
        """Names of what the department sends, in the order of the contract."""
        return tuple(column.name for column in self.columns)

    @property
    def stored_columns(self) -> tuple[Column, ...]:
        """Columns that reach the lake: all but the sealed ones.

        Where the sealed store keeps something, ``sealed_mark`` comes behind them: a keyed digest of what is
        kept, so that a corrected name is a new version of its fact, and the way to find it there. Null in a
        home without a key.
        """
        stored = tuple(column for column in self.columns if not column.is_sealed)
        return (*stored, _MARK) if self.keeps_sealed else stored

    @property
    def keeps_sealed(self) -> bool:
        """Whether the sealed store keeps anything of the feed."""
        return any(column.is_sealed or column.reidentify for column in self.columns)

    @property
    def stored_names(self) -> tuple[str, ...]:
        """Names of the columns that reach the lake."""
        return tuple(column.name for column in self.stored_columns)

    def without_key(self) -> "Contract":
        """Return what is promised to a home without a key: sealed columns may be empty or left out."""
        columns = (
            replace(one, required=False, may_be_left_out=True) if one.is_sealed else one
            for one in self.columns
        )
        return replace(self, columns=tuple(columns))

    def column(self, name: str) -> Column:
        """Return one column.

        Raises:
            ContractError: the contract has no such column.
        """
        for column in self.columns:
            if column.name == name:
                return column
        raise ContractError(
            f"feed {self.feed} has no column {name!r}{did_you_mean(name, self.column_names)}"
        )


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return ``; did you mean 'x'?`` for the nearest known word, else the words there are."""
    choices = sorted(known)
    near = difflib.get_close_matches(word, choices, n=1, cutoff=0.6)
    return f"; did you mean {near[0]!r}?" if near else f"; there is {', '.join(choices) or 'none'}"
