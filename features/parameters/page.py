"""The page of every policy figure shipped, written from the files themselves.

    python -m features.parameters.page docs/policy_parameters.md

A test compares the page with the files, so it cannot fall behind.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

from features.parameters.reading import Entry
from features.parameters.regimes import Duty, duty_histories, regimes
from features.parameters.shelf import shelf
from features.parameters.vocabulary import vocabulary

_INTRO = """# Policy parameters

Figures that policy sets, by region and day, each with its document. Generated from `features/parameters/`; do not edit.

    zhaoren policy show --region cn.jiangsu.wuxi.binhu --as-of-date 2025-07-01 --name dibao
    zhaoren policy changes --region cn.jiangsu.wuxi --since 2025-01-01
    zhaoren policy check my_regions/cn.hubei.wuhan.yaml

- **Who decides.** District before city before province before nation: the nearest region with an entry for the day,
  also where that entry is a gap. What a city sets and nobody here knows is unknown, never the province's figure.
- **Days.** `from` and `until` are the first and the last day. Without `until` a value holds until the region's next.
- **Mark.** *read*: on the official page, with high confidence. **未核实** (not verified): news, a mirror, a copy of the full
  text, a derived or undated figure, or our own convention; it is marked so wherever it is shown. *gap*: the region sets the
  figure and it was not found.
- **A start day that was not seen** is taken for the last day of the month or year that was, or for the day the figure
  was seen in force; the note says so, and the value stays unverified. A standard that changes every year ends, as a gap,
  where the next one must have begun, or on the first day it may have.
- **Figures published by the year** are a twelfth in the file, the original in the note.

## A region of your own, in seven lines

Put files like this in a folder and name it in `ZHAOREN_REGIONS`; `ZHAOREN_REGION` says which region is yours. A name
written there replaces all that is shipped under that name for that region; the rest stays. A figure left out is the one of
the level above; a figure you set but do not want to tell is `value: null` with a note.

```yaml
region: cn.hubei.wuhan        # the file is cn.hubei.wuhan.yaml
name_zh: 武汉市
parameters:
  dibao.standard:
    unit: yuan per person and month
    values:
      - {from: 2030-07-01, value: 9999, document: 武民政〔2030〕0号, source: wuhan.gov.cn, checked: official, confidence: high, verified: true}
```

A file is refused, with file, name and line, where a value has no source, unit or first day, where two overlap, where
a key or a name is not known, and where `verified: true` stands beside anything but `checked: official` and
`confidence: high`. `affects` (a sentence on whom the change touches) may be added to a value; else it is written from the
vocabulary. `same_as: {region: ..., parameter: ...}` in place of `values` names figures that stand elsewhere."""


def page() -> str:
    """Return the page as Markdown."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield _INTRO
    yield from ("", "## Which law, when", "")
    for one in regimes():
        ends = f" until {one.until}" if one.until else ""
        yield f"- **{one.title_zh}**: from {one.since}{ends}. {'; '.join(one.documents)}. {_read(one.verified)}. {one.note}"
        for change in one.changes:
            yield f"    - {change.article}：{change.zh} ({change.en})"
    yield from ("", "## What the law asks of an office", "")
    yield "| duty | meaning | asked | from | until | document | source | mark |"
    yield "| --- | --- | --- | --- | --- | --- | --- | --- |"
    for history in duty_histories().values():
        yield from map(_duty, history)
    found = shelf()
    for region in found.regions:
        own = found.way_up(region)[0]
        yield from ("", f"## {own.name_zh} `{region}`", "", own.about, "")
        if not own.names:
            continue
        yield "| parameter | value | unit | from | until | document | source and note | mark |"
        yield "| --- | --- | --- | --- | --- | --- | --- | --- |"
        for name in vocabulary():
            yield from map(_entry, found.history(region, name))
    yield from ("", "## Names", "", "| name | unit | meaning | who is touched |", "| --- | --- | --- | --- |")  # fmt: skip
    for told in vocabulary().values():
        yield f"| `{told.name}` | {told.unit} | {told.zh}: {told.en} | {told.who} |"


def _duty(duty: Duty) -> str:
    asked = "not known" if duty.holds is None else "yes" if duty.holds else "no"
    cells = (
        f"`{duty.name}`",
        f"{duty.zh} ({duty.en})",
        asked,
        str(duty.since),
        str(duty.until or ""),
        " ".join(filter(None, (duty.document, duty.article))),
        "; ".join(filter(None, (duty.source, duty.note))),
        "" if duty.holds is None else _read(duty.verified),
    )
    return "| " + " | ".join(cells) + " |"


def _entry(entry: Entry) -> str:
    mark = "gap" if entry.value is None else _read(entry.verified)
    cells = (
        f"`{entry.name}`",
        "" if entry.value is None else f"{entry.value:.10g}",
        entry.unit,
        str(entry.since),
        str(entry.until or ""),
        " ".join(filter(None, (entry.document, entry.article))),
        "; ".join(filter(None, (entry.source, entry.note))),
        f"{mark}, derived" if entry.derived and entry.value is not None else mark,
    )
    return "| " + " | ".join(cells) + " |"


def _read(verified: bool) -> str:
    return "read" if verified else "未核实"


def main(argv: list[str]) -> int:
    """Write the page to the path given; return the exit code."""
    if len(argv) != 1:
        sys.stderr.write("usage: python -m features.parameters.page docs/policy_parameters.md\n")
        return 2
    Path(argv[0]).write_text(page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
