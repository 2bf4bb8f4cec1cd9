"""What could be offered to a household with these needs at this place: suggestions with their reasons."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from serving.canonical import Json
from serving.catalogue.entries import EVERYWHERE, Catalogue, Organisation, Package
from serving.lists.policy_parts import Need

IS_NO_DECISION = "仅供参考，由工作人员和家庭商量决定，不是审批结果。"


@dataclass(frozen=True, kw_only=True)
class Suggestion:
    """One thing that could be offered, and why it is suggested. Never a decision, never an entitlement."""

    entry: Package | Organisation
    met: tuple[Need, ...]
    reasons: tuple[str, ...]

    def content(self) -> dict[str, Json]:
        """Return it as shown."""
        entry = self.entry
        shown: dict[str, Json] = {
            "id": entry.id,
            "title": entry.title,
            "type": "package" if isinstance(entry, Package) else "organisation",
            "kind": entry.kind,
            "needs": list(self.met),
            "reasons": list(self.reasons),
            "source": entry.source,
            "notice": IS_NO_DECISION,
        }
        if isinstance(entry, Package):
            return {**shown, "contents": list(entry.contents), "ask_at": entry.ask_at}
        return {**shown, "contact": entry.contact}


def suggest(
    catalogue: Catalogue,
    *,
    needs: Collection[str],
    place: str,
    as_of_date: date,
    words: dict[Need, str] | None = None,
) -> list[Suggestion]:
    """Return what could be offered, what meets more of the needs first, then what is nearer.

    Args:
        catalogue: what there is.
        needs: codes of the needs found.
        place: path of the household's grid in the place tree.
        as_of_date: the day it is asked for.
        words: how the needs are called in the reasons; their codes where none is given.
    """
    found = []
    for entry in catalogue.entries:
        met = tuple(need for need in entry.needs if need in needs)
        if not (met and entry.serves(place) and entry.is_in_force(as_of_date=as_of_date)):
            continue
        called = "、".join((words or {}).get(need, need) for need in met)
        where = "全区通用" if entry.place == EVERYWHERE else "就在本地"
        found.append(
            Suggestion(
                entry=entry,
                met=met,
                reasons=(f"需要：{called}", where, f"{entry.valid_from.isoformat()}起"),
            )
        )
    return sorted(
        found,
        key=lambda one: (
            isinstance(one.entry, Organisation),
            -len(one.met),
            -len(one.entry.place.split("/")) if one.entry.place else 0,
            one.entry.id,
        ),
    )
