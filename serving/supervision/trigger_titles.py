"""What the triggers of a month were called on the lists themselves."""

import json
from collections.abc import Mapping
from datetime import date

from sqlalchemy import Connection, func, select

from serving.lists.ranking import SEPARATOR
from serving.store.schema import ALERTS, PUBLICATIONS, in_force
from serving.store.scopes import Scope, within
from serving.supervision.month import in_month


def trigger_titles(read: Connection, *, scope: Scope, month: date) -> Mapping[str, str]:
    """Return titles by id; a trigger that never stood alone in an entry has none."""
    rows = read.execute(
        select(ALERTS.c.urgent_rules, func.min(ALERTS.c.entry))
        .join(PUBLICATIONS, in_force(ALERTS))
        .where(within(ALERTS.c.area_path, scope), in_month(month), ALERTS.c.urgent_rules != "")
        .group_by(ALERTS.c.urgent_rules)
    )
    return {
        rules: json.loads(entry)["urgent"][0] for rules, entry in rows if SEPARATOR not in rules
    }
