"""What every format has in common: a header of distinct names, of a contract's columns."""

from collections import Counter
from collections.abc import Iterable, Sequence

from data_contracts.limits import MAX_COLUMNS
from data_contracts.odcs import Contract, did_you_mean
from data_contracts.refusal import DeliveryRefused, looks_like_a_name, named


def clean_names(written: Sequence[str]) -> list[str]:
    """Return the names of a header without the blanks around them.

    Raises:
        DeliveryRefused: there are too many, or one comes twice.
    """
    if len(written) > MAX_COLUMNS:
        raise DeliveryRefused(
            f"the header has {len(written)} columns, more than {MAX_COLUMNS}: it is not the promised table;"
            " export it again and send it"
        )
    names = [name.strip() for name in written]
    for name, count in Counter(names).items():
        if count > 1:
            column = f"column {name!r}" if looks_like_a_name(name) else "a column"
            raise DeliveryRefused(
                f"{column} stands in the header {count} times; keep one and send it again"
            )
    return names


def require_columns(
    found: Iterable[str], contract: Contract, *, keys_may_be_absent: bool
) -> tuple[str, ...]:
    """Return remarks on columns nobody promised; they are dropped before anything is stored.

    Raises:
        DeliveryRefused: a promised column is missing.
    """
    present = list(found)
    promised = contract.column_names
    missing = [
        name
        for name in promised
        if name not in present and not contract.column(name).may_be_left_out
    ]
    unexpected = [name for name in present if name not in promised]
    if len(missing) == len(promised):
        raise DeliveryRefused(
            f"the first line names none of the columns of contract {contract.feed}: the header is missing, stands"
            " lower down, or it is another table or sheet; put the header on the first line and send it again"
        )
    if keys_may_be_absent and not unexpected:
        # JSON lines leave a key out where it is null, and a nullable column can be null in every row.
        missing = [name for name in missing if contract.column(name).required]
    if missing:
        quotable = [name for name in unexpected if looks_like_a_name(name)]
        hints = [
            f"column {name} is missing" + (did_you_mean(name, quotable) if quotable else "")
            for name in missing
        ]
        raise DeliveryRefused(
            f"{'; '.join(hints)} (unexpected columns: {named(unexpected)}); send the columns of contract"
            f" {contract.feed} version {contract.version}, or agree a new version"
        )
    if not unexpected:
        return ()
    if len(unexpected) == 1 and looks_like_a_name(unexpected[0]):
        return (f"unexpected column {unexpected[0]} was dropped: it is not in the contract",)
    told = f"{len(unexpected)} unexpected columns were dropped: they are not in the contract"
    return (f"{told} ({named(unexpected)})",)
