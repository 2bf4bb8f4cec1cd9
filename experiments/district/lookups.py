"""Row numbers of the simulation -> what departments write: ids, names, numbers, addresses."""

import pyarrow as pa
import pyarrow.compute as pc

from experiments.district.account_books import AccountBooks
from experiments.district.deliver import Lookup, pseudonyms
from experiments.district.doorplates import Doorplates
from experiments.district.families import MedicalFamilies
from experiments.district.feeds import (
    ACCOUNTS,
    ADDRESS_TEXTS,
    ADDRESSES,
    COMPOUNDS,
    DOORPLATES,
    FAMILY_ACCOUNTS,
    HOLDER_PHONES,
    HOLDERS,
    NAMES,
    PERSON_IDS,
    PHONES,
)
from experiments.district.months import Ints
from experiments.district.papers import Papers


def lookups(
    papers: Papers, doors: Doorplates, books: AccountBooks, families: MedicalFamilies, *, seed: int
) -> dict[str, Lookup]:
    """Return what gives the text of each source of lookup cells."""

    def shown(rows: Ints) -> Ints:
        return doors.shown[rows] * (rows >= 0) - (rows < 0)

    return {
        PERSON_IDS: papers.national_ids,
        NAMES: lambda _, rows: papers.names(rows),
        PHONES: lambda _, rows: papers.phones(rows),
        ACCOUNTS: lambda _, rows: account_numbers(rows, seed=seed),
        FAMILY_ACCOUNTS: lambda _, rows: families.numbers(rows),
        HOLDERS: lambda _, rows: books.holder_names(rows),
        HOLDER_PHONES: lambda _, rows: books.holder_phones(rows),
        ADDRESSES: lambda _, rows: pseudonyms(shown(rows), prefix="a", seed=seed),
        COMPOUNDS: lambda _, rows: pseudonyms(doors.compound[rows], prefix="k", seed=seed),
        DOORPLATES: lambda _, rows: doors.texts(rows),
        ADDRESS_TEXTS: lambda _, rows: books.texts(rows),
    }


def account_numbers(rows: Ints, *, seed: int) -> pa.Array:
    """The suppliers' numbers of accounts: thirteen digits, in no order anybody could read."""
    mixed = pseudonyms(rows, prefix="", seed=seed)
    return pc.binary_join_element_wise("32", pc.utf8_lpad(mixed, width=11, padding="0"), "")
