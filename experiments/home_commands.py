"""``zhaoren-lab simulate | ingest | demo``: a home with facts in it, before anything is learned."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from experiments.command_line import Config, Home, Told, local_now, named_config
from experiments.run_commands import train


def simulate(
    out: Annotated[
        Path, typer.Option(help="Folder to write landing/ and truth/ into; must be new.")
    ],
    households: Annotated[int, typer.Option(min=200, help="Households of the district.")] = 10_000,
    months: Annotated[
        int, typer.Option(min=2, max=120, help="Recorded months, the last is 2026-06.")
    ] = 36,
    seed: Annotated[int, typer.Option(min=0, help="Same seed, same bytes.")] = 1,
    burn_in_months: Annotated[
        int, typer.Option(min=0, help="Months lived before recording; fewer give a rawer stock.")
    ] = 24,
    clean: Annotated[
        bool,
        typer.Option(
            "--clean",
            help="The same life without dirt: registers equal it, nothing is late, everybody is checked each quarter.",
        ),
    ] = False,
) -> None:
    """Write a simulated district: departments' files, and the truth apart.

    The district is not evidence about people; it shows that the chain works and how hard the job is.
    """
    from data_contracts.pseudonyms import KEY_FILE, simulated_key
    from experiments.district.config import DistrictConfig, without_dirt
    from experiments.district.simulate import simulate as run_simulation

    console = Console()
    told = Told(console)
    config = DistrictConfig(
        households=households, months=months, seed=seed, burn_in_months=burn_in_months
    )
    summary = run_simulation(without_dirt(config) if clean else config, out, told)
    simulated_key(out / KEY_FILE, seed=seed)
    told.done()
    console.print(
        f"{summary.households} households, {summary.persons} people, {summary.months} months:"
        f" {summary.rows} rows in {summary.deliveries} deliveries under {out / 'landing'}."
        f" In hardship {summary.hardship_share:.1%}, hidden {summary.hidden_share:.1%}, covered"
        f" {summary.covered_share:.1%} of households. Truth in {out / 'truth'}: for judging only."
    )


def ingest(
    home: Home,
    as_of_date: Annotated[
        datetime, typer.Option(formats=["%Y-%m-%d"], help="Deliveries received before this day.")
    ],
    config: Config = "district",
) -> None:
    """Pass every delivery received before a date through the gate: history before the first night."""
    from data_contracts.gate import pass_gate
    from data_contracts.markers import accept_marked
    from data_contracts.pseudonyms import keyring_of
    from features.concluding import conclude_history

    console = Console()
    told = Told(console)
    deployment, keyring = named_config(config).load_deployment(), keyring_of(home)
    now = local_now().astimezone()
    for left in accept_marked(
        home / "landing", deployment.contracts, now=now, zone=now.tzinfo or UTC
    ):
        console.print(f"feed {left.feed}, file {left.name}: {left.reason}", markup=False)
    judgements = pass_gate(
        home, deployment.contracts, before=as_of_date, progress=told, keyring=keyring
    )
    concluded = conclude_history(
        home, deployment, before=as_of_date.date(), keyring=keyring, progress=told
    )
    judgements += concluded.judgements
    told.done()
    counts: dict[str, int] = {}
    for judgement in judgements:
        counts[judgement.verdict.value] = counts.get(judgement.verdict.value, 0) + 1
        if judgement.verdict.value in ("refused", "waiting"):
            console.print(str(judgement), soft_wrap=True)
    rows = sum(judgement.accepted for judgement in judgements)
    told_counts = ", ".join(f"{count} {verdict}" for verdict, count in sorted(counts.items()))
    console.print(
        f"{len(judgements)} deliveries: {told_counts or 'nothing new'}; {rows} facts loaded."
    )


def demo(
    home: Home,
    as_of_date: Annotated[
        datetime, typer.Option(formats=["%Y-%m-%d"], help="Day of the night to come.")
    ],
    households: Annotated[int, typer.Option(min=1000)] = 10_000,
    months: Annotated[int, typer.Option(min=30, max=120)] = 36,
    seed: int = 1,
) -> None:
    """Prepare a home for the first night: a district, its history through the gate, a champion.

    Does nothing that is already done, so it can be repeated.
    """
    from models.promoted import NoChampion, champion

    landing = home / "landing"
    if not landing.exists():
        simulate(out=home, households=households, months=months, seed=seed)
    try:
        champion(home)
    except NoChampion:
        ingest(home=home, as_of_date=as_of_date)
        train(home=home, truth=home / "truth", promote=True)
