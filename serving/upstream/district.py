"""The night's upstream bound to the real rooms: gate, lake, features, promoted model.

Everything heavy is imported when first used: ``zhaoren --help`` must not wait for a model library.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from features.engine_names import DUCKDB, EngineError
from serving.policy_place import Place
from serving.refusals import ExitCode, Refusal
from serving.upstream.protocol import (
    Alarm,
    Explanation,
    FeedState,
    Progress,
    Received,
    Surroundings,
)

if TYPE_CHECKING:
    from data_contracts.engines import Engine
    from data_contracts.lake import Lake
    from features.deployment import Deployment
    from models.rules.rule_book import RuleBook


def district(
    home: Path,
    *,
    key_file: Path | None = None,
    engine: str = DUCKDB,
    place: Place | None = None,
) -> "District":
    """Return the upstream of a district bureau whose state lies in ``home``.

    ``key_file`` makes pseudonyms at the gate; None for the home's own, if it has one. ``engine`` builds and
    scores the matrix; what is read of registers for the lists stays with DuckDB. ``place`` is whose policy
    figures the rules are asked with; None for the neutral district.
    """
    from features.district import DISTRICT

    return District(home, DISTRICT, key_file=key_file, engine=engine, place=place)


class District:
    """See :class:`serving.upstream.protocol.Upstream`."""

    def __init__(
        self,
        home: Path,
        deployment: "Deployment",
        *,
        key_file: Path | None,
        engine: str = DUCKDB,
        place: Place | None = None,
    ) -> None:
        self._home = home
        self._key_file = key_file
        self._engine = engine
        self._deployment = deployment
        self._place = place or Place(region="cn.default")

    @cached_property
    def groups(self) -> Mapping[str, str]:
        """Feature group by feature name, of the features declared to find need."""
        return {
            feature.name: group.name
            for group in self._deployment.groups
            for feature in group.features
            if feature.purpose == "find_need"
        }

    @property
    def covered_by(self) -> str | None:
        """The feature that says a household already receives the help looked for."""
        return self._deployment.covered_by

    def receive(self, *, as_of_date: date, progress: Progress) -> Received:
        """Pass every waiting delivery through the gate, and then what is concluded from them."""
        from serving.upstream.receiving import receive

        return receive(
            self._home,
            self._deployment,
            key_file=self._key_file,
            as_of_date=as_of_date,
            progress=progress,
        )

    def feeds(self, *, as_of_date: date) -> Sequence[FeedState]:
        """How fresh each feed is."""
        from serving.upstream.feeds import feed_states

        return feed_states(self._home, self._deployment, as_of_date=as_of_date)

    def inputs(self, *, as_of_date: date) -> Mapping[str, Sequence[str]]:
        """Ids of the loaded deliveries by feed, and what has expired since."""
        from serving.upstream.feeds import loaded_deliveries

        return loaded_deliveries(self._lake, as_of_date=as_of_date)

    def champion(self) -> str:
        """SHA-256 of the promoted model."""
        from serving.upstream.promoted import champion_id

        return champion_id(self._home)

    def build(self, *, as_of_date: date, out: Path, progress: Progress) -> int:
        """Write the feature matrix."""
        from features.matrix import Arrivals, build_matrix, load_feeds
        from features.refusals import require_grains

        with self._opened() as engine:
            feeds = load_feeds(engine, self._lake, self._deployment)
            require_grains(feeds, self._deployment.groups)
            matrix = build_matrix(
                engine,
                feeds,
                Arrivals(self._lake.arrivals(before=_midnight(as_of_date))),
                self._deployment,
                as_of_date=as_of_date,
                out=out,
                progress=progress,
            )
        return matrix.rows

    def rules(self, *, as_of_date: date) -> str:
        """SHA-256 of the policy figures in force."""
        return self._place.digest(as_of_date=as_of_date)

    def safety_rules(self, *, as_of_date: date) -> Mapping[str, str]:
        """The safety triggers in force, each as one line."""
        book = self._rule_book
        return {name: repr(book.in_force(name, as_of_date=as_of_date)) for name in book.safety}

    def alarms(self, *, matrix: Path, as_of_date: date) -> Sequence[Alarm]:
        """Which safety triggers fire for whom."""
        from serving.lists.alarms import alarms_of

        return alarms_of(self._rule_book, matrix=matrix, as_of_date=as_of_date)

    @cached_property
    def _rule_book(self) -> "RuleBook":
        from models.rules.triggers import load_triggers

        return load_triggers(
            self._deployment.triggers,
            features=self._deployment.features,
            region=self._deployment.region,
        )

    def answer_rules(self, *, as_of_date: date, matrix: Path, out: Path) -> None:
        """Ask every rule of every household, on the engine that built the matrix."""
        from serving.explaining.entitlements import write_answers

        in_force = self._place.in_force(as_of_date=as_of_date)
        with self._opened() as engine:
            write_answers(engine, matrix, in_force, as_of_date=as_of_date, out=out)

    @contextmanager
    def _opened(self) -> "Iterator[Engine]":
        from features.connections import open_named

        try:
            with open_named(self._engine, spill=self._spill) as engine:
                yield engine
        except EngineError as error:
            raise Refusal(
                ExitCode.SETTINGS_WRONG,
                found=f"{error}.",
                to_do="Install what is missing or set ZHAOREN_ENGINE=duckdb; the earlier list stands.",
            ) from error

    def surroundings(self, *, as_of_date: date) -> Surroundings:
        """Grids, capacity, addresses and visits."""
        from serving.upstream.registers import read_surroundings

        return read_surroundings(
            self._lake, self._deployment, as_of_date=as_of_date, spill=self._spill
        )

    def score(self, *, champion: str, matrix: Path, progress: Progress) -> pd.DataFrame:
        """Score every household in a child process; on Spark in its workers."""
        from serving.upstream.promoted import scores

        progress(f"scoring with model {champion[:12]}")
        with ExitStack() as stack:
            spark = None if self._engine == DUCKDB else stack.enter_context(self._opened())
            return scores(self._home, self._deployment, champion, matrix, spark=spark)

    def explain(
        self,
        *,
        champion: str,
        matrix: Path,
        households: Sequence[str],
        as_of_date: date,
        progress: Progress,
    ) -> Mapping[str, Explanation]:
        """Explain the shortlist."""
        from serving.upstream.feeds import reach_of
        from serving.upstream.promoted import reasons

        if not households:
            return {}
        progress(f"reasons for {len(households)} households")
        feeds = reach_of(self._home, self._deployment, as_of_date=as_of_date, spill=self._spill)
        return reasons(
            self._home,
            self._deployment,
            champion,
            matrix,
            households,
            rules=self._rule_book,
            feeds=feeds,
        )

    def drift(self, *, champion: str, matrix: Path, as_of_date: date, progress: Progress) -> str:
        """Compare with the last training matrix of this home."""
        from serving.upstream.promoted import drift

        return drift(
            self._home,
            self._deployment,
            champion,
            matrix,
            as_of_date=as_of_date,
            progress=progress,
        )

    @property
    def _spill(self) -> Path:
        return self._home / "spill"

    @cached_property
    def _lake(self) -> "Lake":
        from data_contracts.lake import Lake

        return Lake(self._home)


def _midnight(as_of_date: date) -> datetime:
    return datetime.combine(as_of_date, datetime.min.time())
