"""Deliveries that wait pass the gate; what follows from them is concluded and put to the departments."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path

from data_contracts.ciphers import CannotOpen
from data_contracts.gate import GateError, pass_gate
from data_contracts.judgement import Judgement, Verdict
from data_contracts.lake import Lake, LakeError
from data_contracts.linkage.model import LinkageModelError
from data_contracts.pseudonyms import Keyring, KeyUnusable, keyring_of
from features.concluding import conclude_night
from features.conflicts.queue import ConflictQueue
from features.deployment import Deployment
from serving.datadocs.site import CONTRACTS, FOLDER, write_contracts, write_deliveries
from serving.refusals import ExitCode, Refusal
from serving.upstream.protocol import Progress, Received


def receive(
    home: Path,
    deployment: Deployment,
    *,
    key_file: Path | None,
    as_of_date: date,
    progress: Progress,
) -> Received:
    """Pass every waiting delivery through the gate, and then what is concluded from them.

    Raises:
        Refusal: the gate cannot do its work; nothing was published.
    """
    midnight = datetime.combine(as_of_date, datetime.min.time())
    try:
        keyring = keyring_of(home, key_file)
        judgements = pass_gate(
            home, deployment.contracts, before=midnight, progress=progress, keyring=keyring
        )
        concluded: Sequence[Judgement] = ()
        if Lake(home).arrivals(before=midnight).get("residents"):
            concluded = _conclude(home, deployment, as_of_date, keyring, progress)
    except (CannotOpen, GateError, LakeError, KeyUnusable, LinkageModelError) as error:
        raise Refusal(
            ExitCode.FEED_NOT_USABLE,
            found=f"the gate stopped: {error}.",
            to_do="Nothing was published; the earlier list stands.",
        ) from error
    _document(home, deployment)
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
    home: Path,
    deployment: Deployment,
    as_of_date: date,
    keyring: Keyring | None,
    progress: Progress,
) -> Sequence[Judgement]:
    """Conclude who lives with whom, and put what contradicts itself to its department."""
    queue = ConflictQueue(home)
    concluded = conclude_night(
        home,
        deployment,
        as_of_date=as_of_date,
        keyring=keyring,
        right=queue.answers(before=as_of_date),
        progress=progress,
    )
    queue.update(concluded.conflicts, deployment.contracts, as_of_date=as_of_date)
    return concluded.judgements


def _document(home: Path, deployment: Deployment) -> None:
    """Write a page for every delivery that has none yet, from what the gate stored."""
    out = home / FOLDER
    if write_deliveries(home, deployment.contracts, out):
        write_contracts(deployment.contracts, out / CONTRACTS)
