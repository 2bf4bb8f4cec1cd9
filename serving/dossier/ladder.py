"""Every rule's answer for a household of a published night: for the API and the page of a household."""

from datetime import date
from pathlib import Path

from sqlalchemy import Connection

from features.district import DISTRICT
from serving.access.callers import Caller
from serving.canonical import Json
from serving.explaining.answers import Asked, explained, withheld_facts
from serving.lists.published import night_listing
from serving.policy_place import Place


def ladder(
    read: Connection,
    *,
    caller: Caller,
    household_id: str,
    as_of_date: date | None,
    home: Path | None,
    place: Place,
) -> dict[str, Json] | None:
    """Return how the rules were answered on the night whose list has the household, the latest if no date is given.

    None: no list in the caller's reach has it, or the night's matrix is no longer kept.
    """
    day = night_listing(read, caller=caller, household_id=household_id, as_of_date=as_of_date)
    if day is None or home is None:
        return None
    matrix = home / "matrices" / f"{day.isoformat()}.parquet"
    if not matrix.exists():
        return None
    asked = Asked(matrix=matrix, household_id=household_id, as_of_date=day)
    return explained(asked, place, withheld=withheld_facts(DISTRICT.groups))
