"""The contract of the feature matrix in the open standard (ODCS), for whoever takes the matrix elsewhere."""

from collections.abc import Iterator
from typing import Any

import yaml

from features.declared import Declared, declared
from features.deployment import Deployment
from features.matrix_contract import AREA
from features.registry import KEYS, PURPOSES

STANDARD = "v3.1.0"

_LOGICAL = {
    "number": "number",
    "integer": "integer",
    "boolean": "boolean",
    "category": "string",
}


def matrix_odcs(deployment: Deployment) -> str:
    """Return the contract as YAML. It changes only when a declaration does."""
    document = {
        "apiVersion": STANDARD,
        "kind": "DataContract",
        "id": f"zhaoren-{deployment.name}-feature-matrix",
        "name": f"{deployment.name}_feature_matrix",
        "version": "1.0.0",
        "status": "active",
        "domain": "features",
        "description": {
            "purpose": "What was known of every household on an as_of_date, one row each.",
            "limitations": "Null means unknown, never zero and never no. Households unknown to every"
            " department have no row.",
            "usage": "To find households in unmet need. Never to stop, reduce or recover a benefit, never"
            " for fraud detection, never as the sole ground of a decision. A column declared"
            " report_groups is for reports on how groups are treated, one declared decide_rules for rules"
            " about the application it was asked for, and for nothing else.",
        },
        "schema": [
            {
                "name": "feature_matrix",
                "logicalType": "object",
                "physicalType": "file",
                "dataGranularityDescription": "One row per household and as_of_date.",
                "properties": [*_keys(), *_features(deployment), *_evidence(deployment)],
            }
        ],
    }
    return yaml.safe_dump(document, allow_unicode=True, sort_keys=False, width=100)


def _keys() -> Iterator[dict[str, Any]]:
    household, day = KEYS
    yield _property(household, "string", "S2", "The household.", required=True)
    yield _property(
        day, "date", "S1", "Midnight at its start; only facts before it count.", required=True
    )
    yield _property(AREA, "string", "S2", "The grid its address lies in; null if none is known.")


def _features(deployment: Deployment) -> Iterator[dict[str, Any]]:
    for one in declared(deployment):
        yield _property(
            one.name,
            _LOGICAL[one.dtype],
            one.sensitivity,
            f"{one.description} {_meaning(one)}.",
            own=_own(one),
        )


def _meaning(one: Declared) -> str:
    if one.missing == "unknown":
        return "Null where nobody can tell"
    nothing = "No" if one.dtype == "boolean" else "0"
    return f"{nothing} where nothing happened; null where a source was silent for the whole window"


def _own(one: Declared) -> dict[str, str]:
    told = {
        "group": one.group,
        "unit": one.unit,
        "windowDays": "" if one.window_days is None else str(one.window_days),
        "missing": one.missing,
        "purpose": f"{one.purpose}: {PURPOSES[one.purpose]}",
        "direction": one.direction,
        "sources": ", ".join(one.sources),
    }
    return {name: value for name, value in told.items() if value}


def _evidence(deployment: Deployment) -> Iterator[dict[str, Any]]:
    for group in deployment.groups:
        for name in group.evidence:
            yield _property(
                name,
                "date",
                group.sensitivity,
                "Dates a reason shown to a visitor; never given to a model.",
                own={"group": group.name},
            )


def _property(
    name: str,
    logical_type: str,
    classification: str,
    description: str,
    *,
    required: bool = False,
    own: dict[str, str] | None = None,
) -> dict[str, Any]:
    written: dict[str, Any] = {
        "name": name,
        "logicalType": logical_type,
        "required": required,
        "classification": classification,
        "description": description,
    }
    if own:
        written["customProperties"] = [
            {"property": key, "value": value} for key, value in own.items()
        ]
    return written
