"""What a promotion is decided on. None anywhere means that nobody gathered it: unknown, never good.

Plain counts and figures, so that whoever measures (nights, visits by lot, fairness, ablation) fills in a
few numbers and the gate needs no model, no matrix and no clock. Shares lie between 0 and 1.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from models.resampling import Interval


@dataclass(frozen=True, kw_only=True)
class DataContract:
    """The latest nights in a row, and on how many of them no feed was refused or degraded."""

    nights: int
    green: int


@dataclass(frozen=True, kw_only=True)
class GoldenSet:
    """Largest difference of the golden predictions when computed again; None where nobody tried.

    ``other_process`` is a fresh process on this machine, ``other_machine`` any other one.
    """

    reload: float | None
    other_process: float | None
    other_machine: float | None = None


@dataclass(frozen=True, kw_only=True)
class Shadow:
    """The challenger scored beside the champion, nothing acted upon.

    ``churn`` is per night after the first the share of the challenger's top k that was not in its top k
    of the night before. ``overlap`` is the mean share of its top k that is in the champion's as well.
    """

    nights: int
    churn: tuple[float, ...]
    overlap: float | None


@dataclass(frozen=True, kw_only=True)
class Arm:
    """Completed visits of one arm and those among them that found need."""

    visits: int
    found: int


@dataclass(frozen=True, kw_only=True)
class Prospective:
    """Visits after the model was frozen, households assigned to arms by lot.

    ``random`` are visits by lot without any model. ``champion`` is what has been acted on until now,
    a model or the rules of a cold start.
    """

    challenger: Arm
    random: Arm | None
    champion: Arm | None


@dataclass(frozen=True, kw_only=True)
class CalibrationOnSlice:
    """Probabilities against what visits by lot found.

    ``by_chance`` is the calibration error that true probabilities would stay under in 95 of 100 slices
    of this size: ten bins of forty visits miss by several points through luck alone. ``top_observed``
    and ``top_predicted`` are of the tenth with the highest probabilities.
    """

    visits: int
    error: float
    by_chance: float
    top_observed: Interval
    top_predicted: float


@dataclass(frozen=True, kw_only=True)
class GroupCounts:
    """One group among households whose answer is known without selection.

    ``missed`` of the ``positives`` were not on the list; ``bothered`` of the ``negatives`` were.
    None where the source suppressed the cell.
    """

    attribute: str
    group: str
    positives: int | None
    missed: int | None
    negatives: int | None
    bothered: int | None


@dataclass(frozen=True, kw_only=True)
class LeakCheck:
    """What the leak alarm said of the labelled rows a model learned from.

    ``rang``: a sentence per alarm. ``not_looked_at``: a sentence per check that could not be made.
    """

    rows: int
    rang: tuple[str, ...]
    not_looked_at: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class LabelHygiene:
    """Rows used as negatives in training, by a visit's finding that is nobody's answer."""

    negatives: int
    unreachable: int
    refused: int
    moved: int


@dataclass(frozen=True, kw_only=True)
class Papers:
    """What was signed and rehearsed. Hashes are SHA-256 in hex; ``signed_by`` is a person."""

    card_sha256: str | None
    signed_by: str | None
    impact_assessment_sha256: str | None
    rollback_seconds: float | None


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """Everything the gate asks for.

    ``without_department``: per department the share of top k that changes without its data. ``proxies``:
    per protected attribute the ROC-AUC of telling it from the score, above a half whichever way round.
    """

    data_contract: DataContract | None = None
    golden_set: GoldenSet | None = None
    shadow: Shadow | None = None
    prospective: Prospective | None = None
    calibration: CalibrationOnSlice | None = None
    groups: tuple[GroupCounts, ...] | None = None
    without_department: Mapping[str, float] | None = None
    proxies: Mapping[str, float] | None = None
    leaks: LeakCheck | None = None
    label_hygiene: LabelHygiene | None = None
    papers: Papers | None = None
