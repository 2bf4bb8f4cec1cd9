"""The page that lists every feature, written from the declarations themselves.

    python -m features.catalogue docs/features.md

A test compares the page with the declarations, so it cannot fall behind.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

from features.declared import DIRECTIONS
from features.deployment import Deployment
from features.policy import names, values_of
from features.registry import PURPOSES, Feature, FeatureGroup


def catalogue(deployment: Deployment) -> str:
    """Return the page of a deployment as Markdown."""
    return "\n".join(_lines(deployment)) + "\n"


def _lines(deployment: Deployment) -> Iterator[str]:
    yield "# Features"
    yield ""
    yield (
        f"Deployment `{deployment.name}`: {len(deployment.features)} features of households in"
        f" {len(deployment.groups)} groups. Generated from the declarations in"
        f" `{deployment.groups_package}`; do not edit."
    )
    yield ""
    yield (
        "*Missing* says what no fact means: **zero** (nothing happened, as long as the sources were"
        " reporting; unknown otherwise) or **unknown** (stays null). *Window* is half-open and ends the"
        " day before the `as_of_date`; a state has none. *Direction* is given only where more can only"
        " mean one thing, and the learned model is held to it. *Class* is the sensitivity of the contracts"
        " (S1 open, S2 personal, S3 health, finance, children under 14). *Sources* are the feeds whose"
        " silence makes the value unknown; empty means all the group reads. A feature without words is never shown"
        " to a visitor as a reason."
    )
    for group in deployment.groups:
        yield from _group(group)
    yield from ("", "## Numbers that laws and conventions own", "")
    yield "| name | value | from | verified | source |"
    yield "| --- | --- | --- | --- | --- |"
    for name in names():
        for entry in values_of(name):
            checked = "yes" if entry.verified else "no"
            yield f"| `{name}` | {entry.value} | {entry.since} | {checked} | {entry.source} |"


def _group(group: FeatureGroup) -> Iterator[str]:
    yield from ("", f"## {group.title}", "")
    yield f"Module `{group.build.__module__}`, reads {_code(group.sources)}."
    yield ""
    yield "| feature | unit | window | missing | direction | class | sources | description | words |"
    yield "| --- | --- | --- | --- | --- | --- | --- | --- | --- |"
    for feature in group.features:
        yield _row(group, feature)


def _row(group: FeatureGroup, feature: Feature) -> str:
    window = "" if feature.window_days is None else f"{feature.window_days} days"
    description = feature.description
    if feature.purpose != Feature.purpose:
        description += f" Purpose: {PURPOSES[feature.purpose]}."
    cells = (
        f"`{feature.name}`",
        feature.unit,
        window,
        feature.missing,
        DIRECTIONS[feature.monotone],
        group.sensitivity_of(feature),
        "" if feature.sources == () else _code(feature.sources),
        description,
        "; ".join(words for words in (feature.phrase, feature.phrase_unknown) if words),
    )
    return "| " + " | ".join(cells) + " |"


def _code(feeds: tuple[str, ...]) -> str:
    return ", ".join(f"`{feed}`" for feed in feeds)


def main(argv: list[str]) -> int:
    """Write the district's page to the path given; return the exit code."""
    from features.district import DISTRICT

    if len(argv) != 1:
        sys.stderr.write("usage: python -m features.catalogue docs/features.md\n")
        return 2
    Path(argv[0]).write_text(catalogue(DISTRICT), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
