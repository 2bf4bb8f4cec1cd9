"""``zhaoren-lab link``: train a linkage model, judge its links, look at why."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from data_contracts.contract import Contract
    from data_contracts.pseudonyms import Keyring

app = typer.Typer(help="Utility accounts to dwellings: train, judge, show.", no_args_is_help=True)

Home = Annotated[
    Path, typer.Option("--home", envvar="ZHAOREN_HOME", help="Folder with lake, sealed and keys.")
]
Day = Annotated[
    datetime, typer.Option("--as-of-date", formats=["%Y-%m-%d"], help="Day it speaks for.")
]
Pictures = Annotated[Path | None, typer.Option("--pictures", help="Folder to draw into.")]


@app.command()
def train(
    home: Home,
    as_of_date: Day,
    labels: Annotated[
        Path | None,
        typer.Option(
            help="CSV of checked accounts: account_id,address_id; address_id empty where none is right."
        ),
    ] = None,
) -> None:
    """Train a model on what is known before a day; with checked accounts, choose its thresholds on them."""
    from data_contracts.linkage.linking import train_model
    from experiments.linkage.labels import read_labels
    from features.connections import open_engine

    contracts, keyring = _opened(home)
    checked, source = None, ""
    if labels is not None:
        checked = read_labels(labels, keyring)
        source = f"{labels.name}, {checked.num_rows} accounts"
    with open_engine() as con:
        model = train_model(
            home,
            contracts,
            keyring,
            con,
            before=as_of_date,
            labels=checked,
            source=source,
        )
    Console().print(
        f"{model.model_id}: trained on {model.accounts} accounts and {model.dwellings} dwellings, accepts from"
        f" {model.thresholds.accepting:.3f} ({model.thresholds.source}). The next night links every account"
        " with it.",
        soft_wrap=True,
    )


@app.command()
def judge(
    home: Home,
    as_of_date: Day,
    truth: Annotated[Path, typer.Option(help="Folder truth/ of the simulated district.")],
    pictures: Pictures = None,
) -> None:
    """Compare the links known on a day with the truth of a simulated district."""
    from data_contracts.linkage.linking import FEED
    from data_contracts.linkage.model import model_for
    from experiments.linkage.charts import precision_recall
    from experiments.linkage.judge import judge_linkage
    from features.connections import open_engine

    contracts, keyring = _opened(home)
    with open_engine() as con:
        judged = judge_linkage(home, truth, contracts[FEED], keyring, con, as_of_date=as_of_date)
    console = Console()
    console.print(
        f"{judged.accounts} accounts, {judged.accepted} linked (simulated district)\n"
        f"precision {judged.precision}\nrecall    {judged.recall}",
        highlight=False,
    )
    for by in ("holder_kind", "text_kind"):
        console.print(judged.table(by).to_string(float_format="%.4f"), highlight=False)
    console.print(judged.by_error.to_string(index=False, float_format="%.4f"), highlight=False)
    model = model_for(home, before=as_of_date)
    if pictures is not None and model is not None:
        figure = precision_recall(
            judged.best,
            accounts=judged.accounts,
            accepting=model.thresholds.accepting,
            origin=f"simulated district, {judged.accounts} accounts, {model.model_id}",
        )
        _draw(figure, pictures / "linkage_precision_recall.png", console)


@app.command()
def show(
    home: Home,
    as_of_date: Day,
    pictures: Annotated[Path, typer.Option("--pictures", help="Folder to draw into.")],
    link: Annotated[
        str | None, typer.Option(help="link_id to explain; without it only the model is drawn.")
    ] = None,
) -> None:
    """Draw the match weights of the model in use, and for one link the steps to its probability."""
    from data_contracts.lake import Lake
    from data_contracts.linkage.levels import gammas_of
    from data_contracts.linkage.linking import FEED
    from data_contracts.linkage.match_weights import waterfall, weights
    from data_contracts.linkage.model import FOLDER, load_model, model_for
    from data_contracts.linkage.sources import known
    from data_contracts.linkage.spells import WITHDRAWN
    from experiments.linkage import charts
    from features.connections import open_engine

    contracts, _ = _opened(home)
    console = Console()
    model = model_for(home, before=as_of_date)
    if model is None:
        raise typer.BadParameter(
            f"no linkage model in {home} is trained by then; run the night first"
        )
    origin = f"{model.model_id}, trained on {model.accounts} accounts"
    _draw(
        charts.match_weights(weights(model.settings), origin=origin),
        pictures / "linkage_match_weights.png",
        console,
    )
    if link is None:
        return
    with open_engine() as con:
        rows = known(con, Lake(home), contracts[FEED], before=as_of_date).to_pylist()
    found = [row for row in rows if row["link_id"] == link]
    if not found or found[0]["evidence"] == WITHDRAWN:
        raise typer.BadParameter(f"no link {link} stands on {as_of_date:%Y-%m-%d}")
    [row] = found
    used = load_model(home / FOLDER / f"{row['model']}.json")
    figure = charts.waterfall(
        waterfall(used.settings, gammas_of(row["evidence"])),
        probability=row["probability"],
        pair=f"account {row['account_id']}, dwelling {row['address_id']}",
        origin=used.model_id,
    )
    _draw(figure, pictures / f"linkage_{link}.png", console)


def _opened(home: Path) -> "tuple[Mapping[str, Contract], Keyring]":
    """Return the shipped contracts and the key of a home; without its key nothing sealed opens."""
    from data_contracts.pseudonyms import KEY_FILE, load_keyring
    from features.district import DISTRICT

    return DISTRICT.contracts, load_keyring(home / KEY_FILE)


def _draw(figure: "Figure", path: Path, console: Console) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=130)
    console.print(f"  {path}", highlight=False, soft_wrap=True)
