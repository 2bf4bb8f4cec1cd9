"""The models whose scores may be acted on: ``home/models/<id>/`` and ``home/models/champion.json``.

Serving reads this and nothing else: no tracking server has to be up at night. The pointer is replaced in
one step and remembers every promotion, and every return to the champion before.
"""

import json
import os
import shutil
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from models.artefact import Artefact, ArtefactError, load
from models.artefact_files import verify
from models.gate.refusals import PromotionRefusal
from models.scoring import check_in_child

_CHECK_SECONDS = 120.0


class NoChampion(LookupError):
    """No model has been promoted here."""


class NothingToGoBackTo(PromotionRefusal):
    """There is no earlier champion."""


@dataclass(frozen=True)
class Promotion:
    """One line of the history: which artefact, when, by whom and why.

    ``is_rollback``: the pointer went back to this artefact; the one it left is not gone back to again.
    """

    artefact_id: str
    promoted_at: str
    promoted_by: str
    reason: str
    is_rollback: bool = False


def promote(home: Path, folder: Path, *, at: datetime, by: str, reason: str) -> Artefact:
    """Copy an artefact into ``home``, check it there, and make it the champion.

    Promoting the same artefact again only appends to the history. The former champion stays in place.

    Raises:
        ArtefactError: the artefact is damaged or does not reproduce its golden predictions here; the
            champion is then unchanged.
    """
    artefact_id = verify(folder)
    kept = home / "models" / artefact_id
    if not kept.exists():
        staged = home / "models" / f".{artefact_id}.part"
        shutil.rmtree(staged, ignore_errors=True)
        shutil.copytree(folder, staged)
        os.replace(staged, kept)
    artefact = load(kept, expected_id=artefact_id)
    check_in_child(artefact, timeout_seconds=_CHECK_SECONDS)
    promotion = Promotion(artefact_id, at.isoformat(timespec="seconds"), by, reason)
    _point_to(home, [*history(home), promotion])
    return artefact


def rollback(home: Path, *, at: datetime, by: str, reason: str) -> Artefact:
    """Make the champion before the present one champion again and return it.

    Every byte of it is verified first; its golden rows were reproduced when it was promoted, are again
    by every night that scores with it, and :func:`check_champion` does so at once.

    Raises:
        NothingToGoBackTo: nothing was promoted before the present champion.
        ArtefactError: the earlier champion's folder is gone or damaged; the pointer is then unchanged.
    """
    artefact = earlier_champion(home)
    back = Promotion(artefact.artefact_id, at.isoformat(timespec="seconds"), by, reason, True)
    _point_to(home, [*history(home), back])
    return artefact


def check_champion(home: Path) -> Artefact:
    """Let the champion reproduce its golden predictions in a child process, and return it.

    Raises:
        NoChampion: nothing was promoted yet.
        ArtefactError: it is damaged or predicts something else; no night will publish with it.
    """
    artefact = champion(home)
    check_in_child(artefact, timeout_seconds=_CHECK_SECONDS)
    return artefact


def earlier_champion(home: Path) -> Artefact:
    """Return what :func:`rollback` would go back to, verified.

    Raises:
        NothingToGoBackTo: nothing was promoted before the present champion.
        ArtefactError: its folder is gone or damaged.
    """
    stood: list[str] = []
    for promotion in history(home):
        if promotion.is_rollback:
            stood.pop()
        elif not stood or stood[-1] != promotion.artefact_id:
            stood.append(promotion.artefact_id)
    if len(stood) < 2:
        raise NothingToGoBackTo(
            f"{home / 'models'} remembers {len(stood)} champion(s), going back needs two: train"
            " and promote another model; the one in force stays until then"
        )
    return load(home / "models" / stood[-2], expected_id=stood[-2])


def champion(home: Path) -> Artefact:
    """Return the present champion, verified.

    Raises:
        NoChampion: nothing was promoted yet.
        ArtefactError: the champion's folder is gone or damaged.
    """
    promotions = history(home)
    if not promotions:
        raise NoChampion(
            f"no model is promoted in {home / 'models'}: train and promote one with"
            " `zhaoren-lab train --promote`"
        )
    artefact_id = promotions[-1].artefact_id
    return load(home / "models" / artefact_id, expected_id=artefact_id)


def history(home: Path) -> tuple[Promotion, ...]:
    """Return every promotion, oldest first; the last one is the champion.

    Raises:
        ArtefactError: ``champion.json`` is not readable.
    """
    path = _pointer(home)
    if not path.exists():
        return ()
    try:
        lines = json.loads(path.read_text("utf-8"))["history"]
        return tuple(Promotion(**line) for line in lines)
    except (ValueError, KeyError, TypeError) as error:
        raise ArtefactError(f"{path} is damaged: restore it from a backup") from error


def _point_to(home: Path, promotions: list[Promotion]) -> None:
    document = {
        "champion": promotions[-1].artefact_id,
        "history": [asdict(promotion) for promotion in promotions],
    }
    staged = _pointer(home).with_suffix(".part")
    with staged.open("w", encoding="utf-8") as file:
        json.dump(document, file, ensure_ascii=False, indent=1)
        file.flush()
        os.fsync(file.fileno())
    os.replace(staged, _pointer(home))


def _pointer(home: Path) -> Path:
    return home / "models" / "champion.json"
