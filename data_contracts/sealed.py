"""The one sealed store: raw identifiers, names and address texts, encrypted, for linking and nothing else.

``sealed/<feed>/<month>/<delivery_id>.parquet.sealed`` is a Parquet file encrypted as a whole, its path
authenticated. It has one row per fact version the delivery brought: fact id, ``sealed_mark`` and what
:mod:`data_contracts.edge` kept apart. Which of them counts is decided by the lake, where every version carries
the mark of its sealed row; so the store needs no versions of its own, and what holds for the lake (corrections,
late deliveries, nights in the past) holds for it.

Features, models, experiments and serving may not import this module.
"""

from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from ibis.backends.duckdb import Backend

from data_contracts.ciphers import decrypted
from data_contracts.contract import SEALED_MARK, Contract
from data_contracts.edge import RAW_SUFFIX
from data_contracts.lake import Lake, LakeError
from data_contracts.lake_files import Kind, LakeFile
from data_contracts.lake_tables import KNOWN_FROM, KNOWN_UNTIL
from data_contracts.pseudonyms import Keyring


class SealedRowMissing(LakeError):
    """The lake holds a fact whose sealed row is gone; the message says of which feed and what to do."""


class SealedStore:
    """What the sealed files of one home hold, for whoever has its key."""

    def __init__(self, home: Path, keyring: Keyring) -> None:
        """Open the store of a home folder; a home without deliveries has an empty one."""
        self._lake = Lake(home)
        self._keyring = keyring

    def rows(self, con: Backend, contract: Contract, *, before: datetime) -> pa.Table:
        """Return what was kept apart of every fact version known just before a time.

        Args:
            con: where to compute.
            contract: the contract of the feed.
            before: versions received at or after this time are not known yet.

        Returns:
            One row per fact, in order of fact ids: the fact id, the pseudonyms of columns that may be looked up
            again, the sealed columns, ``<column>_raw`` beside those pseudonyms, and ``known_from``. Null where
            the department left a nullable column empty.

        Raises:
            LakeError: a file is damaged.
            CannotOpen: a file was made with another key.
            SealedRowMissing: a version has no row in the store.
        """
        keys = [contract.fact_id, SEALED_MARK]
        looked_up = [column.name for column in contract.columns if column.reidentify]
        facts = self._lake.facts(con, contract)
        standing = (
            facts.filter(
                facts[KNOWN_FROM] < before,
                facts[KNOWN_UNTIL].isnull() | (facts[KNOWN_UNTIL] >= before),
                facts[SEALED_MARK].notnull(),
            )
            .select(list(dict.fromkeys([*keys, *looked_up, KNOWN_FROM])))
            .to_pyarrow()
        )
        found = standing.join(self._kept(contract), keys, join_type="inner")
        if found.num_rows < standing.num_rows:
            raise SealedRowMissing(
                f"feed {contract.feed}: {standing.num_rows - found.num_rows} facts have no row in sealed/; restore"
                " sealed/ and catalogue.db from the same backup"
            )
        return found.drop_columns([SEALED_MARK]).sort_by(contract.fact_id)

    def _kept(self, contract: Contract) -> pa.Table:
        """Return every sealed row of a feed, each fact and mark once."""
        keys = [contract.fact_id, SEALED_MARK]
        apart = sealed_names(contract)
        files = self._lake.files(contract.feed, Kind.SEALED)
        schema = pa.schema([(name, pa.string()) for name in (*keys, *apart)])
        every = pa.concat_tables(
            [
                schema.empty_table(),
                *(open_sealed(self._lake, file, self._keyring) for file in files),
            ],
            promote_options="default",
        )
        # A fact that returned to an earlier telling was sealed twice with the same mark.
        once = every.group_by(keys, use_threads=False).aggregate(
            [(name, "first") for name in apart]
        )
        return once.rename_columns([*keys, *apart])


def sealed_names(contract: Contract) -> tuple[str, ...]:
    """Return the names of what is kept apart, in the order of the contract."""
    return tuple(
        column.name if column.is_sealed else f"{column.name}{RAW_SUFFIX}"
        for column in contract.columns
        if column.is_sealed or column.reidentify
    )


def open_sealed(lake: Lake, file: LakeFile, keyring: Keyring) -> pa.Table:
    """Return the rows of an encrypted file the lake has verified.

    Raises:
        CannotOpen: it was made with another key, or lies where another file lay.
    """
    content = Path(lake.path(file)).read_bytes()
    plain = decrypted(content, key=keyring.key_for(file.kind.value), path=file.path)
    return pq.read_table(pa.BufferReader(plain))
