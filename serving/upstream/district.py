"""The night's upstream bound to the real rooms: gate, lake, features, promoted model.

Everything heavy is imported when first used: ``zhaoren --help`` must not wait for a model library.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from features.engine_names import DUCKDB, EngineError
from serving.lists.inputs import EXPIRED
from serving.policy_place import Place
from serving.refusals import ExitCode, Refusal
from serving.upstream.protocol import (
    Alarm,
    Explanation,
    FeedState,
    Progress,
    Reason,
    Received,
    Surroundings,
)

if TYPE_CHECKING:
    from data_contracts.engines import Engine
    from data_contracts.freshness import FeedFreshness
    from data_contracts.judgement import Judgement
    from data_contracts.lake import Lake
    from data_contracts.pseudonyms import Keyring
    from features.deployment import Deployment
    from models.reasons import FeedState as ReasonsFeed
    from models.rules.rule_book import RuleBook

SCORING_TIMEOUT_S = 1800.0
ON_CHANGE_CADENCE_DAYS = 366
"""A feed that is promised once a year comes when something changes: having it at all is enough."""


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
        from data_contracts.ciphers import CannotOpen
        from data_contracts.gate import GateError, pass_gate
        from data_contracts.judgement import Verdict
        from data_contracts.lake import LakeError
        from data_contracts.linkage.model import LinkageModelError
        from data_contracts.pseudonyms import KeyUnusable, keyring_of

        try:
            keyring = keyring_of(self._home, self._key_file)
            judgements = pass_gate(
                self._home,
                self._deployment.contracts,
                before=_midnight(as_of_date),
                progress=progress,
                keyring=keyring,
            )
            concluded = self._conclude(as_of_date, keyring, progress)
        except (CannotOpen, GateError, LakeError, KeyUnusable, LinkageModelError) as error:
            raise Refusal(
                ExitCode.FEED_NOT_USABLE,
                found=f"the gate stopped: {error}.",
                to_do="Nothing was published; the earlier list stands.",
            ) from error
        self._document()
        judged = Counter(
            judgement.verdict.value
            for judgement in (*judgements, *concluded)
            if judgement.verdict is not Verdict.WAITING
        )
        return Received(
            verdicts=dict(judged),
            left_alone=tuple(
                str(judgement) for judgement in judgements if judgement.verdict is Verdict.WAITING
            ),
        )

    def _conclude(
        self, as_of_date: date, keyring: "Keyring | None", progress: Progress
    ) -> "Sequence[Judgement]":
        """Conclude who lives with whom, and put what contradicts itself to its department."""
        from features.concluding import conclude_night
        from features.conflicts.queue import ConflictQueue

        if not self._lake.arrivals(before=_midnight(as_of_date)).get("residents"):
            return ()
        queue = ConflictQueue(self._home)
        concluded = conclude_night(
            self._home,
            self._deployment,
            as_of_date=as_of_date,
            keyring=keyring,
            right=queue.answers(before=as_of_date),
            progress=progress,
        )
        queue.update(concluded.conflicts, self._deployment.contracts, as_of_date=as_of_date)
        return concluded.judgements

    def _document(self) -> None:
        """Write a page for every delivery that has none yet, from what the gate stored."""
        from serving.datadocs.site import CONTRACTS, FOLDER, write_contracts, write_deliveries

        out = self._home / FOLDER
        if write_deliveries(self._home, self._deployment.contracts, out):
            write_contracts(self._deployment.contracts, out / CONTRACTS)

    def feeds(self, *, as_of_date: date) -> Sequence[FeedState]:
        """How fresh each feed is."""
        from data_contracts.freshness import freshness

        midnight = _midnight(as_of_date)
        states = freshness(self._home, self._deployment.contracts, before=midnight)
        refused = self._refused_since(
            {state.feed: state.last_received_at for state in states}, midnight
        )
        return [
            FeedState(
                feed=state.feed,
                department=state.department,
                last_received_at=state.last_received_at,
                late=self._is_late(state),
                refused=refused.get(state.feed, ()),
                degraded=state.degraded,
            )
            for state in states
        ]

    def inputs(self, *, as_of_date: date) -> Mapping[str, Sequence[str]]:
        """Ids of the loaded deliveries by feed, and what has expired since."""
        from data_contracts.judgement import LOADED

        loaded: dict[str, list[str]] = {}
        for judgement in self._lake.catalogue.judgements():
            received = judgement.received_at
            if judgement.verdict.value not in LOADED or received is None:
                continue
            if received < _midnight(as_of_date):
                loaded.setdefault(judgement.feed, []).append(judgement.delivery_id)
        for removal in self._lake.catalogue.removals():
            expired = f"{EXPIRED}{removal.cutoff}"
            if removal.feed in loaded and expired not in loaded[removal.feed]:
                loaded[removal.feed].append(expired)
        return {feed: sorted(ids) for feed, ids in sorted(loaded.items())}

    def champion(self) -> str:
        """SHA-256 of the promoted model."""
        from models.artefact import ArtefactError
        from models.promoted import NoChampion, champion

        try:
            return champion(self._home).artefact_id
        except NoChampion as error:
            raise Refusal(
                ExitCode.NO_CHAMPION,
                found=f"there is no champion: {error}.",
                to_do="The earlier list stands until one is promoted.",
            ) from error
        except ArtefactError as error:
            raise _not_reproduced(error) from error

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
        from features.matrix_contract import MatrixRefused
        from models.artefact import ArtefactError, load
        from models.scoring import require_scorable, score_in_child

        try:
            artefact = load(self._home / "models" / champion, expected_id=champion)
            require_scorable(artefact, matrix, self._deployment.groups)
            progress(f"scoring with model {champion[:12]}")
            out = matrix.with_suffix(".scores.parquet")
            if self._engine == DUCKDB:
                scored = score_in_child(
                    artefact, matrix=matrix, out=out, timeout_seconds=SCORING_TIMEOUT_S
                )
            else:
                from models.spark_scoring import score_on_spark

                with self._opened() as engine:
                    scored = score_on_spark(engine, artefact, matrix=matrix, out=out)
        except (ArtefactError, MatrixRefused) as error:
            raise _not_reproduced(error) from error
        bands = {value: artefact.band_of(value) for value in scored["probability"].unique()}
        return pd.DataFrame(
            {
                "household_id": scored["household_id"].astype("object"),
                "score": scored["log_odds"],
                "probability": scored["probability"],
                "band": scored["probability"].map(bands),
            }
        )

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
        from models.artefact import ArtefactError, load
        from models.reasons import explain
        from models.scoring import contributions_in_child

        if not households:
            return {}
        progress(f"reasons for {len(households)} households")
        try:
            artefact = load(self._home / "models" / champion, expected_id=champion)
            contributions = contributions_in_child(
                artefact,
                matrix=matrix,
                household_ids=households,
                timeout_seconds=SCORING_TIMEOUT_S,
            )
        except ArtefactError as error:
            raise _not_reproduced(error) from error
        wanted = pd.DataFrame({"household_id": sorted(households)})
        rows = pd.read_parquet(matrix).merge(wanted, on="household_id")
        explained = explain(
            rows,
            contributions,
            groups=self._deployment.groups,
            quantiles=artefact.quantiles,
            rules=self._rule_book,
            feeds=self._reach(as_of_date),
        )
        return {
            one.household_id: Explanation(
                reasons=tuple(
                    Reason(
                        text=reason.text,
                        feature=reason.feature,
                        group=reason.theme,
                        dated=reason.on,
                        is_event=reason.dated == "event",
                    )
                    for reason in one.reasons
                ),
                uncertainty=one.uncertainty.text,
            )
            for one in explained
        }

    def drift(self, *, champion: str, matrix: Path, as_of_date: date, progress: Progress) -> str:
        """Compare with the last training matrix of this home, which the champion scores once."""
        from models.artefact import ArtefactError, load
        from models.scoring import score_in_child
        from serving.upstream.drifting import compare, keep_drift, training_matrix

        try:
            artefact = load(self._home / "models" / champion, expected_id=champion)
            reference = training_matrix(self._home, self._deployment, artefact)
            if reference is None:
                return f"no training matrix of {artefact.data_until} in this home to compare with"
            progress(f"drift since {artefact.data_until}")
            scored = reference.with_suffix(f".{champion[:12]}.scores.parquet")
            if not scored.exists():
                score_in_child(
                    artefact, matrix=reference, out=scored, timeout_seconds=SCORING_TIMEOUT_S
                )
        except ArtefactError as error:
            return f"not compared: {error}"
        report = compare(
            self._deployment,
            artefact,
            as_of_date=as_of_date,
            then=(reference, scored),
            now=(matrix, matrix.with_suffix(".scores.parquet")),
        )
        keep_drift(report, matrix=matrix)
        return report.sentence

    @property
    def _spill(self) -> Path:
        return self._home / "spill"

    @cached_property
    def _lake(self) -> "Lake":
        from data_contracts.lake import Lake

        return Lake(self._home)

    def _reach(self, as_of_date: date) -> "dict[str, ReasonsFeed]":
        """Return how far each feed reaches, and whether it is overdue."""
        from data_contracts.freshness import freshness
        from models.reasons import FeedState as ReasonsFeed
        from serving.upstream.registers import read_reach

        states = freshness(self._home, self._deployment.contracts, before=_midnight(as_of_date))
        reach = read_reach(self._lake, self._deployment, as_of_date=as_of_date, spill=self._spill)
        return {
            state.feed: ReasonsFeed(
                department=state.department,
                data_until=self._until(state, reach[state.feed], as_of_date=as_of_date),
                is_silent=self._is_late(state),
            )
            for state in states
        }

    def _until(
        self, state: "FeedFreshness", reach: date | None, *, as_of_date: date
    ) -> date | None:
        """How far a feed speaks; a register sent on change holds until it is changed."""
        on_change = self._deployment.contracts[state.feed].cadence_days >= ON_CHANGE_CADENCE_DAYS
        return as_of_date - timedelta(days=1) if on_change and reach is not None else reach

    def _is_late(self, state: "FeedFreshness") -> bool:
        from data_contracts.freshness import Freshness

        if state.status is Freshness.LATE:
            return self._deployment.contracts[state.feed].cadence_days < ON_CHANGE_CADENCE_DAYS
        return state.status is Freshness.NEVER

    def _refused_since(
        self, last: Mapping[str, datetime | None], before: datetime
    ) -> dict[str, tuple[str, ...]]:
        """Return why the newest delivery of a feed was refused, for feeds where that is so."""
        from data_contracts.judgement import Verdict

        refused: dict[str, tuple[str, ...]] = {}
        for judgement in self._lake.catalogue.judgements():
            received, known = judgement.received_at, last.get(judgement.feed)
            if judgement.verdict is not Verdict.REFUSED or received is None or received >= before:
                continue
            if known is None or received > known:
                refused[judgement.feed] = judgement.reasons
        return refused


def _midnight(as_of_date: date) -> datetime:
    return datetime.combine(as_of_date, datetime.min.time())


def _not_reproduced(error: Exception) -> Refusal:
    return Refusal(
        ExitCode.MODEL_NOT_REPRODUCED,
        found=f"the champion cannot be used: {error}.",
        to_do="Train and promote one that fits with `zhaoren-lab train --promote`; until then the earlier"
        " list stands.",
    )
