"""All regions: those shipped, and over them a deployment's own folder."""

from collections.abc import Iterable
from dataclasses import replace
from difflib import get_close_matches
from functools import cache
from pathlib import Path

from features.parameters.errors import ParameterError
from features.parameters.reading import Entry, Reference, Region, read_region

SHIPPED = Path(__file__).with_name("regions")


class Shelf:
    """Finds a region's file when first asked for it.

    A deployment's own folder holds files of the same kind. A name written there replaces all that is shipped
    under that name for that region; other names stay. A region that is not shipped is added.
    """

    def __init__(self, own: Iterable[Path] = ()) -> None:
        own = tuple(own)
        self._files: dict[str, list[Path]] = {}
        for file in (*sorted(SHIPPED.glob("*.yaml")), *own):
            self._files.setdefault(file.stem, []).append(file)
        self._read: dict[str, Region] = {}
        # Before a night relies on them; those shipped are tested.
        for file in own:
            self._check(file)

    def _check(self, file: Path) -> None:
        region = read_region(file)
        for name in region.names:
            self.history(region.path, name)

    @property
    def regions(self) -> tuple[str, ...]:
        """Paths of all regions, nation first, each before its parts."""
        return tuple(sorted(self._files, key=lambda path: path.split(".")))

    def way_up(self, region: str) -> tuple[Region, ...]:
        """Return a region and those it lies in, nearest first; a level without a file is passed over.

        Raises:
            ParameterError: no file for the region itself; the nearest name is given.
        """
        if region not in self._files:
            near = get_close_matches(region, self._files, n=1)
            hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(self.regions)}"
            raise ParameterError(f"no region {region!r}; {hint}")
        parts = region.split(".")
        paths = (".".join(parts[:length]) for length in range(len(parts), 0, -1))
        return tuple(self._region(path) for path in paths if path in self._files)

    def history(self, region: str, name: str) -> tuple[Entry, ...]:
        """Return a region's own entries of a name, oldest first; none where it says nothing itself.

        Raises:
            ParameterError: no such region, or a reference that leads nowhere.
        """
        return self._history(self.way_up(region)[0], name)

    def _history(self, region: Region, name: str) -> tuple[Entry, ...]:
        if name in region.references:
            return self._followed(region, name, region.references[name])
        return region.entries.get(name, ())

    def _followed(self, region: Region, name: str, reference: Reference) -> tuple[Entry, ...]:
        where = f"{region.path}.yaml, {name}: same_as {reference.region} {reference.name}"
        if reference.region not in self._files:
            raise ParameterError(f"{where}: no such region")
        found = self._region(reference.region).entries.get(reference.name)
        if found is None:
            raise ParameterError(f"{where}: it has no values there; a reference leads to values")
        note = reference.note or f"the same as {reference.name} of {reference.region}"
        return tuple(
            replace(
                one,
                region=region.path,
                name=name,
                affects="",
                derived=True,
                note="; ".join(filter(None, (note, one.note))),
            )
            for one in found
        )

    def _region(self, path: str) -> Region:
        if path not in self._read:
            lowest, *over = self._files[path]
            read = _shipped(lowest) if lowest.parent == SHIPPED else read_region(lowest)
            for file in over:
                read = _laid_over(read, read_region(file))
            self._read[path] = read
        return self._read[path]


@cache
def _shipped(file: Path) -> Region:
    return read_region(file)


def _laid_over(below: Region, over: Region) -> Region:
    return Region(
        path=below.path,
        name_zh=over.name_zh,
        about=over.about or below.about,
        entries={**{k: v for k, v in below.entries.items() if k not in over.names}, **over.entries},
        references={
            **{k: v for k, v in below.references.items() if k not in over.names},
            **over.references,
        },
    )


@cache
def shelf(own: Path | None = None) -> Shelf:
    """Return the regions shipped, under a deployment's own folder where one is given.

    Raises:
        ParameterError: no such folder, no file in it, or one that is not what it must be.
    """
    if own is None:
        return Shelf()
    files = sorted(own.glob("*.yaml"))
    if not files:
        raise ParameterError(f"{own}: no folder with files like cn.jiangsu.wuxi.yaml")
    return Shelf(files)
