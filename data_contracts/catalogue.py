"""The catalogue: which deliveries were judged, and which files of the lake count.

``catalogue.db`` is the only thing that makes a file of the lake visible. A judgement and the files it brought
are recorded in one transaction; a file the catalogue does not know is the rest of a crash and is not read.
"""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa

from data_contracts.arrival import Delivery, Stamp
from data_contracts.catalogue_tables import (
    DELIVERIES,
    EXAMINATIONS,
    FILES,
    METADATA,
    RELEASED_ROWS,
    REMOVALS,
    open_catalogue,
    order_of,
    row_of,
)
from data_contracts.examination import Examination, Past, read_back, written
from data_contracts.judgement import LOADED, Judgement, Verdict
from data_contracts.lake_files import Kind, LakeFile, Removal
from data_contracts.order import Order


class Catalogue:
    """``catalogue.db`` of one home; created when absent."""

    def __init__(self, home: Path) -> None:
        """Open the catalogue of a home folder."""
        home.mkdir(parents=True, exist_ok=True)
        self._engine = open_catalogue(home / "catalogue.db")
        METADATA.create_all(self._engine)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep the file open meanwhile: the last one to close it writes the log back, which takes longest."""
        with self._engine.connect():
            yield

    def record(
        self,
        delivery: Delivery,
        judgement: Judgement,
        files: Sequence[LakeFile],
        *,
        told: str | None = None,
        released: Sequence[int] = (),
    ) -> None:
        """Store a judgement and make its files visible, all or nothing.

        Args:
            delivery: what was judged.
            judgement: the verdict.
            files: what it brought.
            told: which rows of the file were good; None when it was refused whole.
            released: row numbers, in the original, of refused rows a release brought back.
        """
        order = delivery.order
        row = {
            "delivery_id": judgement.delivery_id,
            "feed": judgement.feed,
            "name": judgement.name,
            "received_at": delivery.received_at,
            "ordered_at": order.ordered_at,
            "ordered_as": order.ordered_as,
            "releases": delivery.releases,
            "content_sha256": delivery.content_sha256,
            "manifest_sha256": delivery.stamp.manifest_sha256,
            "size": delivery.stamp.size,
            "modified_ns": delivery.stamp.modified_ns,
            "verdict": judgement.verdict.value,
            "reasons": json.dumps(judgement.reasons, ensure_ascii=False),
            "rows_in": judgement.rows_in,
            "accepted": judgement.accepted,
            "quarantined": judgement.quarantined,
            "exact_duplicates": judgement.exact_duplicates,
            "refused": judgement.refused,
            "told": told,
        }
        with self._engine.begin() as transaction:
            transaction.execute(sa.insert(DELIVERIES), row)
            if judgement.examination is not None:
                found = written(judgement.examination)
                transaction.execute(
                    sa.insert(EXAMINATIONS),
                    {"delivery_id": judgement.delivery_id, "found": found},
                )
            if files:
                transaction.execute(sa.insert(FILES), [row_of(file) for file in files])
            if released:
                transaction.execute(
                    sa.insert(RELEASED_ROWS),
                    [
                        {
                            "original": delivery.releases,
                            "source_row": row_number,
                            "delivery_id": judgement.delivery_id,
                        }
                        for row_number in released
                    ],
                )

    def judged(self) -> tuple[frozenset[Stamp], frozenset[str]]:
        """Return the stamps and the ids of every delivery judged so far."""
        with self._engine.connect() as connection:
            rows = connection.execute(sa.select(DELIVERIES)).all()
        stamps = (
            Stamp(row.feed, row.name, row.manifest_sha256, row.size, row.modified_ns)
            for row in rows
        )
        return frozenset(stamps), frozenset(row.delivery_id for row in rows)

    def judgements(self, *, feed: str | None = None) -> list[Judgement]:
        """Return the stored judgements in the order they were made."""
        wanted = sa.select(DELIVERIES).order_by(DELIVERIES.c.sequence)
        if feed is not None:
            wanted = wanted.where(DELIVERIES.c.feed == feed)
        with self._engine.connect() as connection:
            rows = connection.execute(wanted).all()
        return [
            Judgement(
                delivery_id=row.delivery_id,
                feed=row.feed,
                name=row.name,
                received_at=row.received_at,
                verdict=Verdict(row.verdict),
                reasons=tuple(json.loads(row.reasons)),
                rows_in=row.rows_in,
                accepted=row.accepted,
                quarantined=row.quarantined,
                exact_duplicates=row.exact_duplicates,
                refused=row.refused,
            )
            for row in rows
        ]

    def past(self, feed: str, *, before: datetime, most: int) -> list[Past]:
        """Return the last loaded deliveries of a feed received before a time, newest first.

        Releases are left out: what they hold says nothing about how a delivery usually looks.
        """
        wanted = (
            sa.select(DELIVERIES.c.received_at, EXAMINATIONS.c.found)
            .join(EXAMINATIONS, EXAMINATIONS.c.delivery_id == DELIVERIES.c.delivery_id)
            .where(
                DELIVERIES.c.feed == feed,
                DELIVERIES.c.received_at < before,
                DELIVERIES.c.verdict.in_(LOADED),
                DELIVERIES.c.releases.is_(None),
            )
            .order_by(DELIVERIES.c.received_at.desc(), DELIVERIES.c.sequence.desc())
            .limit(most)
        )
        with self._engine.connect() as connection:
            rows = connection.execute(wanted).all()
        return [Past(row.received_at, read_back(row.found).profile) for row in rows]

    def unusual(self, feed: str, *, before: datetime) -> tuple[str, ...]:
        """Return why the last loaded delivery of a feed is degraded; empty when it is not, or there is none."""
        wanted = (
            sa.select(EXAMINATIONS.c.found, DELIVERIES.c.verdict)
            .join(EXAMINATIONS, EXAMINATIONS.c.delivery_id == DELIVERIES.c.delivery_id)
            .where(
                DELIVERIES.c.feed == feed,
                DELIVERIES.c.received_at < before,
                DELIVERIES.c.verdict.in_(LOADED),
                DELIVERIES.c.releases.is_(None),
            )
            .order_by(DELIVERIES.c.received_at.desc(), DELIVERIES.c.sequence.desc())
            .limit(1)
        )
        with self._engine.connect() as connection:
            row = connection.execute(wanted).one_or_none()
        if row is None or row.verdict != Verdict.DEGRADED:
            return ()
        return tuple(one.detail for one in read_back(row.found).unusual)

    def examinations(self, *, feed: str | None = None) -> dict[str, Examination]:
        """Return what the checks found, by delivery id, for every delivery that could be read."""
        wanted = sa.select(EXAMINATIONS)
        if feed is not None:
            wanted = wanted.join(
                DELIVERIES, DELIVERIES.c.delivery_id == EXAMINATIONS.c.delivery_id
            ).where(DELIVERIES.c.feed == feed)
        with self._engine.connect() as connection:
            rows = connection.execute(wanted).all()
        return {row.delivery_id: read_back(row.found) for row in rows}

    def loaded_before_as(self, *, feed: str, content_sha256: str) -> str | None:
        """Return the name under which this content was loaded, or None when it was not."""
        with self._engine.connect() as connection:
            return connection.execute(
                sa.select(DELIVERIES.c.name).where(
                    DELIVERIES.c.feed == feed,
                    DELIVERIES.c.content_sha256 == content_sha256,
                    DELIVERIES.c.verdict.in_(LOADED),
                )
            ).scalar()

    def orders(self, feed: str) -> list[Order]:
        """Return the places of the deliveries of a feed that told something."""
        wanted = sa.select(DELIVERIES).where(
            DELIVERIES.c.feed == feed, DELIVERIES.c.told.is_not(None)
        )
        with self._engine.connect() as connection:
            return [order_of(row) for row in connection.execute(wanted)]

    def received(self, feed: str, *, before: datetime) -> list[str]:
        """Return the ids of the deliveries of a feed received before a time, oldest first."""
        wanted = (
            sa.select(DELIVERIES.c.delivery_id)
            .where(DELIVERIES.c.feed == feed, DELIVERIES.c.received_at < before)
            .order_by(DELIVERIES.c.received_at, DELIVERIES.c.sequence)
        )
        with self._engine.connect() as connection:
            return list(connection.execute(wanted).scalars())

    def original(self, delivery_id: str) -> tuple[str, Order] | None:
        """Return feed and place of a judged delivery, None when there is none of that id."""
        wanted = sa.select(DELIVERIES).where(DELIVERIES.c.delivery_id == delivery_id)
        with self._engine.connect() as connection:
            row = connection.execute(wanted).one_or_none()
        return None if row is None else (row.feed, order_of(row))

    def released(self) -> dict[str, frozenset[int]]:
        """Return, per delivery, the row numbers of refused rows that came back good."""
        found: dict[str, set[int]] = {}
        with self._engine.connect() as connection:
            for row in connection.execute(sa.select(RELEASED_ROWS)):
                found.setdefault(row.original, set()).add(row.source_row)
        return {original: frozenset(rows) for original, rows in found.items()}

    def told(self, *, before: datetime) -> list[str]:
        """Return what was told before a time, one line per delivery, in no order that matters."""
        wanted = sa.select(DELIVERIES).where(
            DELIVERIES.c.told.is_not(None), DELIVERIES.c.received_at < before
        )
        with self._engine.connect() as connection:
            return sorted(
                f"{row.feed} {row.delivery_id} {row.ordered_at} {row.ordered_as} {row.told}"
                for row in connection.execute(wanted)
            )

    def arrivals(self, *, before: datetime | None = None) -> list[tuple[str, datetime]]:
        """Return feed and time of every delivery that was loaded, oldest first."""
        wanted = (
            sa.select(DELIVERIES.c.feed, DELIVERIES.c.received_at)
            .where(DELIVERIES.c.verdict.in_(LOADED))
            .order_by(DELIVERIES.c.received_at, DELIVERIES.c.feed, DELIVERIES.c.sequence)
        )
        if before is not None:
            wanted = wanted.where(DELIVERIES.c.received_at < before)
        with self._engine.connect() as connection:
            return [(row.feed, row.received_at) for row in connection.execute(wanted)]

    def files(self, *, kind: Kind | None = None, feed: str | None = None) -> list[LakeFile]:
        """Return the visible files, in the order they became visible."""
        wanted = sa.select(FILES).order_by(FILES.c.sequence)
        if kind is not None:
            wanted = wanted.where(FILES.c.kind == kind.value)
        if feed is not None:
            wanted = wanted.where(FILES.c.feed == feed)
        with self._engine.connect() as connection:
            return [
                LakeFile(
                    row.path,
                    row.feed,
                    Kind(row.kind),
                    row.sha256,
                    row.rows,
                    row.delivery_id,
                    row.received_at,
                )
                for row in connection.execute(wanted)
            ]

    def stamp(self, delivery_id: str) -> Stamp:
        """Return what the file of a judged delivery looked like from outside."""
        wanted = sa.select(DELIVERIES).where(DELIVERIES.c.delivery_id == delivery_id)
        with self._engine.connect() as connection:
            row = connection.execute(wanted).one()
        return Stamp(row.feed, row.name, row.manifest_sha256, row.size, row.modified_ns)

    def removals(self) -> list[Removal]:
        """Return everything that ever expired, oldest first."""
        wanted = sa.select(REMOVALS).order_by(REMOVALS.c.sequence)
        with self._engine.connect() as connection:
            return [
                Removal(row.as_of_date, row.feed, row.kind, row.path, row.rows, row.cutoff)
                for row in connection.execute(wanted)
            ]

    def integrity(self) -> list[str]:
        """Return what SQLite finds wrong with the catalogue itself, nothing when it is sound."""
        with self._engine.connect() as connection:
            found = connection.execute(sa.text("PRAGMA integrity_check")).scalars().all()
        return [told for told in found if told != "ok"]

    def replace(
        self,
        gone: Sequence[LakeFile],
        new: Sequence[LakeFile],
        *,
        removals: Sequence[Removal] = (),
    ) -> None:
        """Make files take the place of others and tell what left for good, all or nothing."""
        with self._engine.begin() as transaction:
            if removals:
                transaction.execute(sa.insert(REMOVALS), [asdict(one) for one in removals])
            for file in gone:
                transaction.execute(sa.delete(FILES).where(FILES.c.path == file.path))
            if new:
                transaction.execute(sa.insert(FILES), [row_of(file) for file in new])
