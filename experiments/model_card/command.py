"""``zhaoren-lab card``: what a model is, on one page; and a person's name under it."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from experiments.command_line import Home, local_now

if TYPE_CHECKING:
    from experiments.model_card.words import Language


class Lang(StrEnum):
    """Languages of the page."""

    ZH = "zh"
    EN = "en"
    BOTH = "both"


def card(
    home: Home,
    model: Annotated[
        str, typer.Option(help="champion, a folder, the run that trained it, or how its id begins.")
    ],
    out: Annotated[Path, typer.Option(help="The .html file to write.")],
    lang: Annotated[
        Lang, typer.Option(help="Chinese, English, or one after the other.")
    ] = Lang.BOTH,
    sign_as: Annotated[
        str | None, typer.Option(help="Your name: you have read this page and answer for it.")
    ] = None,
    assessment: Annotated[
        Path | None, typer.Option(help="The impact assessment the signature refers to.")
    ] = None,
) -> None:
    """Write a model's card: purpose, data, who is missing, numbers with intervals, limits, thresholds, decision."""
    from experiments.model_card.page import card as page
    from experiments.model_card.signing import sign
    from experiments.promotion.promoting import find_artefact

    if assessment is not None and not assessment.is_file():
        raise typer.BadParameter(f"--assessment {assessment}: no such file")
    languages: dict[Lang, tuple[Language, ...]] = {
        Lang.ZH: ("zh",),
        Lang.EN: ("en",),
        Lang.BOTH: ("zh", "en"),
    }
    artefact, now = find_artefact(home, model), local_now()
    text = page(home, artefact, languages=languages[lang], as_of_date=now.date())
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(text, "utf-8")
    console = Console()
    console.print(f"Card of model {artefact.artefact_id[:12]}: {out}", highlight=False)
    if sign_as is not None:
        digest = sign(home, artefact, text, by=sign_as, at=now, assessment=assessment)
        console.print(f"Signed by {sign_as}: SHA-256 {digest[:12]}.", highlight=False, markup=False)
