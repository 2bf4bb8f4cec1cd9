"""Every file of the lake hashed anew and compared with the catalogue, whatever was verified before."""

from dataclasses import dataclass
from pathlib import Path

from data_contracts.catalogue import Catalogue
from data_contracts.compaction import uncounted
from data_contracts.lake import Lake, LakeError


@dataclass(frozen=True)
class Verified:
    """How many files and bytes were hashed, what is wrong with any, and files nobody counts."""

    files: int
    size: int
    faults: tuple[str, ...]
    uncounted: tuple[str, ...]


def verify(home: Path) -> Verified:
    """Hash every file the catalogue counts, and the catalogue itself."""
    lake = Lake(home)
    faults = [f"catalogue.db: {told}" for told in Catalogue(home).integrity()]
    size = 0
    files = lake.catalogue.files()
    for file in files:
        try:
            lake.require(file)
            size += Path(lake.path(file)).stat().st_size
        except LakeError as error:
            faults.append(str(error))
    return Verified(len(files), size, tuple(faults), tuple(uncounted(home, lake)))
