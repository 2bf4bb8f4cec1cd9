"""Refused rows that come back corrected: a delivery that names the one it repairs.

A release is checked like any delivery and known from the day it came itself. It stands right behind its
original, so what a newer delivery has said of the same fact since is not overturned, and one release can be
withdrawn or improved by another. Only what is said of a file as a whole (how many rows it has, its typical
values) is not asked of it again: that was judged with the original.
"""

from dataclasses import replace

from data_contracts.arrival import Delivery, LeftAlone
from data_contracts.catalogue import Catalogue


def behind_original(delivery: Delivery, catalogue: Catalogue) -> Delivery | LeftAlone:
    """Return the delivery with its place, or why it cannot be placed yet. Ordinary ones come back unchanged."""
    if delivery.releases is None:
        return delivery
    found = catalogue.original(delivery.releases)
    if found is None:
        return LeftAlone(
            delivery.feed,
            delivery.name,
            f"releases rows of delivery {delivery.releases}, which was not judged here yet; deliver that first",
        )
    feed, order = found
    if feed != delivery.feed:
        return LeftAlone(
            delivery.feed,
            delivery.name,
            f"releases rows of delivery {delivery.releases}, which is of feed {feed}; move it there",
        )
    if order.received_at >= delivery.received_at:
        return LeftAlone(
            delivery.feed,
            delivery.name,
            f"releases rows of delivery {delivery.releases}, which was received later; correct received_at",
        )
    return replace(delivery, original=order)
