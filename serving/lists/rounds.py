"""Whose doors are whose: the list of a grid's role divided among the people of that role who work that day."""

from collections.abc import Mapping, Sequence

from serving.lists.assignment import Placed


def divide(
    placed: Sequence[Placed],
    *,
    places: Mapping[str, int],
    visitors: Mapping[str, str],
    addresses: Mapping[str, str],
) -> dict[str, tuple[Placed, ...]]:
    """Return the doors of each worker, in the order given; nobody gets more than their own places.

    Whoever has a household's open case keeps it, as long as there is room. The other doors are shared out in
    proportion to places and in order of address: neighbours go to the same worker, and since workers stand in
    order of their numbers, each walks about the same part of the grid every night.

    Args:
        placed: the doors of one grid and role, no more than there are places.
        places: by worker.
        visitors: who has the open case, by household; others may be in it, and people who are not there.
        addresses: by household; those without one come last.
    """
    rounds: dict[str, list[Placed]] = {worker: [] for worker in sorted(places)}
    waiting = []
    for item in placed:
        keeper = visitors.get(item.case.household_id, "")
        if keeper in rounds and len(rounds[keeper]) < places[keeper]:
            rounds[keeper].append(item)
        else:
            waiting.append(item)
    waiting.sort(key=lambda item: _door(item, addresses))
    kept = {worker: len(doors) for worker, doors in rounds.items()}
    start = 0
    for worker, more in _shares(len(waiting), kept, places).items():
        rounds[worker] += waiting[start : start + more]
        start += more
    order = {item.case.household_id: place for place, item in enumerate(placed)}
    return {
        worker: tuple(sorted(doors, key=lambda item: order[item.case.household_id]))
        for worker, doors in rounds.items()
    }


def _door(item: Placed, addresses: Mapping[str, str]) -> tuple[bool, str, str]:
    household = item.case.household_id
    address = addresses.get(household)
    return (address is None, address or "", household)


def _shares(doors: int, kept: Mapping[str, int], places: Mapping[str, int]) -> dict[str, int]:
    """Return how many more doors each worker gets: always the one whose day is the least full."""
    taken = dict(kept)
    for _ in range(doors):
        free = [worker for worker in taken if taken[worker] < places[worker]]
        least = min(free, key=lambda worker: (taken[worker] / places[worker], worker))
        taken[least] += 1
    return {worker: taken[worker] - kept[worker] for worker in kept}
