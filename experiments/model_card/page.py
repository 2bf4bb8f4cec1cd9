"""A model's card as one HTML file without outside references, in Chinese, English, or both."""

from collections.abc import Mapping, Sequence
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import cast

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from experiments.model_card import drawing
from experiments.model_card.facts import kept_facts
from experiments.model_card.words import Language, Words
from models.artefact import Artefact
from models.gate.bars import load_bars
from models.gate.decisions import Record, records
from models.gate.kept import kept_evidence
from models.resampling import wilson

_DECISIONS = ("promotion", "provisional", "refusal")
_SIMULATED = "simulated district"

FEWEST_SHOWN = 10
"""Smaller counts of a group stay hidden: a card travels further than the lab."""


def card(home: Path, artefact: Artefact, *, languages: Sequence[Language], as_of_date: date) -> str:
    """Return the page.

    Args:
        home: where facts, evidence and decisions about the model are kept.
        artefact: the model.
        languages: in the order they stand on the page.
        as_of_date: bars in force on this day are shown.

    Raises:
        NoFacts: nothing was kept about the model.
        DecisionsDamaged: the record of decisions is not as it was written.
    """
    facts = kept_facts(home, artefact.artefact_id)
    evidence = kept_evidence(home, artefact.artefact_id)
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    template = environment.from_string(
        (files("experiments.model_card") / "page.html").read_text(encoding="utf-8")
    )
    trained, judged = (
        cast("Mapping[str, int]", facts[name]) for name in ("trained_sources", "judged_sources")
    )
    return template.render(
        words_of=[Words(language) for language in languages],
        artefact=artefact,
        facts=facts,
        is_simulated=facts["origin"] == _SIMULATED,
        label_sources=sorted({*trained, *judged}, key=lambda name: -judged.get(name, 0)),
        slice=evidence.calibration,
        groups=evidence.groups,
        bars=load_bars(as_of_date=as_of_date),
        decided=_decided(home, artefact),
        drawn=_drawn,
        calibrated=_calibrated,
        open_checks=_open_checks,
        told=_told,
        counted=_counted,
        points=_points,
        times=_times,
        percent=_percent,
        includes_zero=lambda found: (found["low"] or 0) <= 0 <= (found["high"] or 0),
    )


def _decided(home: Path, artefact: Artefact) -> Record | None:
    """Return the last decision on the model."""
    return next(
        (
            one
            for one in reversed(records(home))
            if one.artefact_id == artefact.artefact_id and one.kind in _DECISIONS
        ),
        None,
    )


def _drawn(words: Words, answer: Mapping[str, object]) -> Markup:
    lines = cast("list[Mapping[str, object]]", answer["lines"])
    named = [(words.or_name("policy", str(line["policy"])), line) for line in lines]
    base_rate = cast("float", answer["base_rate"])
    return Markup(drawing.precision_by_policy(named, base_rate=base_rate, axis=words("precision")))


def _calibrated(words: Words, answer: Mapping[str, object]) -> Markup:
    bins = cast("list[Mapping[str, object]]", answer["reliability"])
    return Markup(
        drawing.calibration(bins, predicted=words("predicted"), observed=words("observed"))
    )


def _open_checks(words: Words, condition: Mapping[str, object]) -> str:
    """Return the checks that do not hold: in English with the reason, in Chinese by their names."""
    checks = cast("list[Mapping[str, object]]", condition["checks"])
    left = [one for one in checks if one["answer"] != "holds"]
    if words.language == "en":
        return "; ".join(f"{one['name']}: {one['reason']}" for one in left)
    return "；".join(_in_chinese(words, one) for one in left)


def _in_chinese(words: Words, check: Mapping[str, object]) -> str:
    name, _, attribute = str(check["name"]).rpartition(" ")
    told = words.or_name("check", name or attribute)
    if name:
        told += f"（{words.or_name('attribute', attribute)}）"
    figure = check["figure"]
    return told if figure is None else f"{told} {figure:.3g}"


def _told(words: Words, hits: int | None, of: int | None, *, enough: bool) -> str:
    if hits is None or not of or not enough:
        return words("cannot_tell")
    found = wilson(hits, of=of)
    return f"{found.value:.0%} ({found.low:.0%}–{found.high:.0%})"


def _counted(number: int | None) -> str:
    """Return a count as a page may show it: cells so small that they could be somebody are not."""
    if number is None:
        return "–"
    return f"<{FEWEST_SHOWN}" if number < FEWEST_SHOWN else str(number)


def _percent(found: object) -> str:
    value, low, high = (getattr(found, name) for name in ("value", "low", "high"))
    return f"{100 * value:.1f} % ({100 * low:.1f}–{100 * high:.1f})"


def _points(found: Mapping[str, float | None]) -> str:
    value, low, high = (100 * (found[name] or 0.0) for name in ("value", "low", "high"))
    return f"{value:+.1f} pp ({low:+.1f} – {high:+.1f})"


def _times(found: Mapping[str, float | None]) -> str:
    shown = (
        "–" if found[name] is None else f"{found[name]:.2f}" for name in ("value", "low", "high")
    )
    return "{} ({}–{})".format(*shown)
