"""Utility accounts to dwellings, night by night: conclusions delivered to feed ``account_links``.

The first run trains a model on whatever there is and links every account. Later runs look only at accounts whose
text or holder changed and at those that may belong to a dwelling about which something changed; a newly trained
model links everything again. The gate takes the delivery like any other, so a night in the past sees the links
concluded by then.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
from ibis.backends.duckdb import Backend

from data_contracts.conclusions import deliver
from data_contracts.contract import Contract
from data_contracts.lake import Lake
from data_contracts.linkage.candidates import candidates
from data_contracts.linkage.contests import rivals, settled
from data_contracts.linkage.model import LinkageModel, model_for
from data_contracts.linkage.records import Records, records_of
from data_contracts.linkage.sources import Night, known, night
from data_contracts.linkage.spells import links_of
from data_contracts.linkage.splink_desk.scoring import score
from data_contracts.linkage.splink_desk.settings import initial_settings, prior_of
from data_contracts.linkage.splink_desk.training import train
from data_contracts.linkage.thresholds import DEFAULT, Thresholds, choose
from data_contracts.pseudonyms import Keyring
from data_contracts.sealed import SealedStore

FEED = "account_links"
SEED = 20260715
"""Seed of the random pairs u is counted on; any will do, it only has to stay the same."""
FEWEST_TO_TRAIN = 500
"""Accounts below which expectation maximisation has too little to go on: the starting values are kept."""
TRAINING_ACCOUNTS = 50_000
LEAST_WEIGHT = -6.0
"""Match weight below which a pair cannot reach any probability worth keeping (log2 odds; one in sixty-four)."""
THREADS = 2


def link_accounts(
    home: Path,
    contracts: Mapping[str, Contract],
    keyring: Keyring,
    con: Backend,
    *,
    before: datetime,
    progress: Callable[[str], None],
) -> Path | None:
    """Conclude which dwelling each account supplies, and land what is new of it.

    Args:
        home: folder with ``lake/``, ``sealed/`` and ``landing/``.
        contracts: contracts by feed.
        keyring: opens the sealed store.
        con: where to read the lake.
        before: midnight of the night; the delivery counts from one second earlier.
        progress: is told what is done, in counts.

    Returns:
        The delivery, or None when nothing new was concluded.

    Raises:
        LinkageModelError: a stored model was changed.
    """
    lake = Lake(home)
    last = max(lake.arrivals(before=before).get(FEED, ()), default=None)
    model = model_for(home, before=before)
    if (
        model is not None
        and last is not None
        and model.trained_before > last + timedelta(seconds=1)
    ):
        last = None
    since = None if model is None or last is None else last + timedelta(seconds=1)
    tonight = night(con, lake, SealedStore(home, keyring), contracts, since=since, before=before)
    if (
        not (tonight.new_accounts or tonight.new_addresses)
        or not tonight.sources.dwellings.num_rows
    ):
        return None
    records = records_of(tonight.sources)
    if model is None:
        model = trained_model(records, before=before)
        model.save(home)
        progress(f"linkage model {model.model_id} trained on {model.accounts} accounts")
    held = known(con, lake, contracts[FEED], before=before)
    wanted = _worth_a_look(model, records, tonight, held, everything=since is None)
    found = candidates_of(model, records, only=wanted)
    others = rivals(found, held, looked_at=wanted)
    if others:
        wanted |= others
        found = pa.concat_tables([found, candidates_of(model, records, only=others)])
    found = settled(found, tonight.accounts)
    rows = links_of(
        found, held, tonight.accounts, looked_at=wanted, model=model.model_id, since=since
    )
    progress(
        f"{len(wanted)} accounts looked at, {found.num_rows} candidate links,"
        f" {pc.sum(found['accepted']).as_py() or 0} accepted, {rows.num_rows} new or changed"
    )
    if not rows.num_rows:
        return None
    content = hashlib.sha256(repr(rows.to_pydict()).encode()).hexdigest()[:8]
    return deliver(
        home,
        FEED,
        rows,
        received_at=before - timedelta(seconds=1),
        name=f"{FEED}_{before:%Y%m%d}_{content}",
    )


def train_model(
    home: Path,
    contracts: Mapping[str, Contract],
    keyring: Keyring,
    con: Backend,
    *,
    before: datetime,
    labels: pa.Table | None,
    source: str,
) -> LinkageModel:
    """Train a model on everything known before a time and store it; the next run links all accounts with it.

    Args:
        home: folder with ``lake/`` and ``sealed/``.
        contracts: contracts by feed.
        keyring: opens the sealed store.
        con: where to read the lake.
        before: what was received at or after this time is not known yet.
        labels: checked accounts: account_id, address_id (null: none of the dwellings we know); None keeps the
            thresholds chosen on development districts.
        source: what the checked accounts are, for the record.

    Raises:
        TooFewLabels: the slice cannot show the target precision at any threshold.
    """
    tonight = night(
        con, Lake(home), SealedStore(home, keyring), contracts, since=None, before=before
    )
    records = records_of(tonight.sources)
    model = trained_model(records, before=before)
    if labels is not None:
        checked = frozenset(labels["account_id"].to_pylist())
        model = replace(
            model, thresholds=_chosen(candidates_of(model, records, only=checked), labels, source)
        )
    model.save(home)
    return model


def _chosen(found: pa.Table, labels: pa.Table, source: str) -> Thresholds:
    """Choose the thresholds on the best candidate of every checked account that has one."""
    best = found.sort_by([("account_id", "ascending"), ("probability", "descending")])
    best = best.group_by("account_id", use_threads=False).aggregate(
        [("address_id", "first"), ("probability", "first")]
    )
    joined = best.join(labels, "account_id", join_type="inner")
    right = pc.fill_null(pc.equal(joined["address_id_first"], joined["address_id"]), False)
    return choose(
        joined["probability_first"].to_numpy(), right.to_numpy(zero_copy_only=False), source=source
    )


def trained_model(
    records: Records, *, before: datetime, thresholds: Thresholds = DEFAULT
) -> LinkageModel:
    """Return a model learned from records, or the starting values where there are too few accounts."""
    settings, count = initial_settings(), records.accounts.num_rows
    if count < FEWEST_TO_TRAIN:
        settings = prior_of(settings, dwellings=records.dwellings.num_rows)
        return LinkageModel(settings, thresholds, before, 0, records.dwellings.num_rows)
    step = -(-count // TRAINING_ACCOUNTS)
    sample = records.accounts.take(pa.array(range(0, count, step)))
    settings = train(settings, sample, records.dwellings, seed=SEED)
    return LinkageModel(settings, thresholds, before, sample.num_rows, records.dwellings.num_rows)


def candidates_of(
    model: LinkageModel, records: Records, *, only: frozenset[str] | None = None
) -> pa.Table:
    """Return the candidate links of all accounts, or of some."""
    accounts = records.accounts if only is None else _of(records.accounts, only)
    pairs = score(
        model.settings, accounts, records.dwellings, least_weight=LEAST_WEIGHT, threads=THREADS
    )
    return candidates(pairs, model.thresholds)


def _worth_a_look(
    model: LinkageModel, records: Records, tonight: Night, held: pa.Table, *, everything: bool
) -> frozenset[str]:
    """Return the accounts that changed, or that were or may now be linked to a dwelling that changed."""
    if everything:
        return frozenset(records.accounts["unique_id"].to_pylist())
    changed = _of(records.dwellings, tonight.new_addresses)
    near = score(
        model.settings, records.accounts, changed, least_weight=LEAST_WEIGHT, threads=THREADS
    )
    linked = held.filter(
        pc.is_in(held["address_id"], pa.array(sorted(tonight.new_addresses), pa.string()))
    )
    return (
        tonight.new_accounts
        | frozenset(near["account_id"].to_pylist())
        | frozenset(linked["account_id"].to_pylist())
    )


def _of(records: pa.Table, ids: frozenset[str]) -> pa.Table:
    return records.filter(pc.is_in(records["unique_id"], pa.array(sorted(ids), pa.string())))
