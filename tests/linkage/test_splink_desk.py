import pytest
from small_town import name_of, town

from data_contracts.linkage.levels import COMPARISONS, Settings
from data_contracts.linkage.match_weights import waterfall, weights
from data_contracts.linkage.records import Records, records_of
from data_contracts.linkage.splink_desk import training
from data_contracts.linkage.splink_desk.scoring import score
from data_contracts.linkage.splink_desk.session import connection
from data_contracts.linkage.splink_desk.settings import initial_settings
from data_contracts.linkage.splink_desk.training import RAREST_CHANCE, RAREST_SLIP, train

TEXTS = ("{c}{b}幢{u}单元{r}室", "{c}{b}-{u}-{r}", "{c}{b}栋{r}", "{c}{b}号楼{u}门{r}", "{c}{b}幢")


@pytest.fixture(scope="module")
def records() -> Records:
    """240 accounts: every fifth names no room, every seventh runs under a stranger, some under one sign wrong."""
    made = town()
    for number, (address, text) in enumerate(made.dwellings.items()):
        compound, rest = text[13:17], text[17:]
        building, rest = rest.split("幢")
        unit, room = rest.removesuffix("室").split("单元")
        holder = name_of(number)
        if number % 7 == 0:
            holder = "诸葛陌生"
        elif number % 11 == 0:
            holder = holder[:2] + "误"
        written = TEXTS[number % 5].format(c=compound, b=building, u=unit, r=room)
        made.accounts[f"u{address[1:]}"] = (holder, None, written)
    return records_of(made.sources())


@pytest.fixture(scope="module")
def trained(records: Records) -> Settings:
    with pytest.MonkeyPatch.context() as quick:
        quick.setattr(training, "RANDOM_PAIRS", 60_000)
        return train(initial_settings(), records.accounts, records.dwellings, seed=3)


def test_what_agrees_by_chance_weighs_little_and_what_does_not_much(
    trained: Settings,
) -> None:
    told = {(one["comparison"], one["label"]): one["weight"] for one in weights(trained)}

    assert told["door", "building, unit and room agree"] > 8
    assert told["holder", "holder is registered there"] > 5
    assert told["where", "compound and road differ"] < -3
    assert told["door", "another door of the compound"] < -3


def test_no_level_is_certain_however_clean_the_data(trained: Settings) -> None:
    for one in weights(trained):
        assert one["m"] >= RAREST_SLIP
        assert one["u"] >= RAREST_CHANCE


def test_the_same_records_train_the_same_model(
    trained: Settings, records: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training, "RANDOM_PAIRS", 60_000)

    assert train(initial_settings(), records.accounts, records.dwellings, seed=3) == trained


def test_the_true_dwelling_is_the_best_of_every_account_that_names_its_room(
    trained: Settings, records: Records
) -> None:
    pairs = score(trained, records.accounts, records.dwellings, least_weight=-6, threads=2)
    best = pairs.sort_by([("match_weight", "ascending")]).to_pylist()
    dwelling = {row["account_id"]: row["address_id"] for row in best}
    named = [number for number in range(240) if number % 5 != 4]

    right = sum(
        dwelling.get(f"u{number // 60}{number % 60:02d}") == f"a{number // 60}{number % 60:02d}"
        for number in named
    )

    assert right / len(named) > 0.95


def test_a_waterfall_adds_up_to_the_match_weight(trained: Settings, records: Records) -> None:
    pairs = score(trained, records.accounts, records.dwellings, least_weight=-6, threads=2)
    for row in pairs.slice(0, 50).to_pylist():
        steps = waterfall(trained, {name: row[f"gamma_{name}"] for name in COMPARISONS})
        assert sum(weight for _, _, weight in steps) == pytest.approx(row["match_weight"], abs=1e-6)


def test_nothing_may_spill_to_disk() -> None:
    with connection(threads=1) as con:
        assert con.execute("SELECT current_setting('temp_directory')").fetchone() == ("",)
