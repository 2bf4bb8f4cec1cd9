"""In which order deliveries of a feed tell their facts, whatever the order they are judged in.

A fact's versions follow the time its source was received. A release (rows of an earlier delivery, corrected)
stands right behind that delivery, so it does not overturn what a newer one has said since, although it is
known only from the day it came itself. Deliveries received in the same second follow by name.
"""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, order=True)
class Order:
    """One delivery's place; compares as the deliveries follow each other.

    ``ordered_at`` and ``ordered_as`` are time and name of the delivery the rows first came with: its own, or for
    a release those of the original. ``received_at`` is its own and the time its rows are known from.
    """

    ordered_at: datetime
    ordered_as: str
    received_at: datetime
    told_as: str
    delivery_id: str
