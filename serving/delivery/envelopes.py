"""What a message says: a CloudEvents 1.0 envelope around ids and counts; the outbox keeps its bytes.

The only module that knows the CloudEvents library. Nothing in a message is about a household.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum

from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent

from serving.canonical import Json

CONTENT_TYPE = "application/cloudevents+json"
_SOURCE = "/zhaoren"
_VERSION = "v1"


class Kind(StrEnum):
    """What a message tells. A target names the kinds it takes."""

    LIST_PUBLISHED = "list.published"
    TARGET_DISABLED = "target.disabled"


def enveloped(
    *, message_id: str, kind: str, at: datetime, place: str, data: Mapping[str, Json]
) -> str:
    """Return the body of a message; ``place`` is the path of what it is about; empty: no place."""
    attributes = {
        "id": message_id,
        "source": _SOURCE,
        "specversion": "1.0",
        "type": f"zhaoren.{kind}.{_VERSION}",
        "time": at.astimezone(UTC).replace(microsecond=0),
        "datacontenttype": "application/json",
    }
    if place:
        attributes["subject"] = place
    return JSONFormat().write(CloudEvent(attributes, dict(data))).decode()
