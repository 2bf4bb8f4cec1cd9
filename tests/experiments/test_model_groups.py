"""A grid from its file to its choice, on made-up rows: checked first, fitted once, kept, refused when damaged."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from shutil import copytree

import numpy as np
import pandas as pd
import pytest

from experiments.assembled import TRUTH, Assembled, walk_plan
from experiments.backtest import Backtest, judge
from experiments.command_line import CONFIGS
from experiments.config import ConfigError
from experiments.groups import keeping, running
from experiments.groups.comparing import NoAnswers, compare, judge_groups
from experiments.groups.finished import NoSuchResult, find_run, gather, load, runs
from experiments.groups.grid import ExpandedGrid, Grid, base_of, expand, load_grid
from experiments.groups.keeping import keep_backtest
from experiments.groups.recipe import Recipe
from experiments.groups.running import GridRun, run_grid
from experiments.groups.source_version import reachable
from experiments.groups.store import ResultRefused, read_table, write_table
from experiments.groups.subsets import Condition
from features.district import DISTRICT
from models.learners.logistic import LogisticSettings
from models.learners.trees import LearnerSettings
from models.rules.triggers import load_triggers
from models.splits import TimeSplit
from models.top_of_list import RankedRows
from tests.experiments.made_up_rows import CONFIG, DATES, rows

HOUSEHOLDS = 240
BASE = CONFIG.model_copy(update={"name": "plain", "title": "Plain"})
GRID = Grid.model_validate(
    {
        "name": "two_by_two",
        "base": "plain.yaml",
        "learners": {"small": {"leaves": 3}, "large": {"leaves": 9}},
        "feature_sets": ["all", "leave_one_out"],
        "feature_groups": {"bills": ["utilities"]},
        "subsets": {"owing": {"feature": "utility_unpaid_amount", "op": ">", "value": 0}},
    }
)
AT = datetime(2026, 1, 1)  # noqa: DTZ001 the bureau's own clock


@pytest.fixture(scope="module")
def assembled(tmp_path_factory: pytest.TempPathFactory) -> Assembled:
    path = tmp_path_factory.mktemp("rules") / "triggers.yaml"
    path.write_text(
        "triggers: [{id: owes, feature: utility_unpaid_amount, op: '>', value: 500, from: 2020-01-01,"
        " source: made up, title_zh: 欠费}]",
        "utf-8",
    )
    rules = load_triggers(path, features=DISTRICT.features, region=DISTRICT.region)
    observed = rows(BASE, households=HOUSEHOLDS, seed=11).drop(columns=TRUTH)
    return Assembled(BASE, observed, rules, {day: f"{day:%m}" * 8 for day in DATES})


@pytest.fixture(scope="module")
def expanded() -> ExpandedGrid:
    return expand(GRID, BASE, source="this code")


def _any_scores(recipe: Recipe, split: TimeSplit, source: Assembled) -> pd.DataFrame:
    rows = source.on(split.test_dates)[keeping.KEYS]
    policies = ("model", "last_years_list") if recipe.learns else ("random", "area_mean")
    return rows.assign(**{policy: np.arange(float(len(rows))) for policy in policies})


@pytest.fixture(scope="module")
def run(assembled: Assembled) -> Callable[..., GridRun]:
    def again(
        home: Path,
        expanded: ExpandedGrid,
        *,
        source: Assembled | None = None,
        really: bool = False,
    ) -> GridRun:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(running, "assemble", lambda *_, **__: source or assembled)
            if not really:  # what is kept and when, not how it was scored
                patch.setattr(keeping, "error_tables", lambda *_: {})
                patch.setattr(running, "_scores", _any_scores)
            return run_grid(
                home, expanded, truth=None, at=AT, commit="c0ffee", engine_name="duckdb"
            )

    return again


@pytest.fixture(scope="module")
def home(
    tmp_path_factory: pytest.TempPathFactory, expanded: ExpandedGrid, run: Callable[..., GridRun]
) -> Path:
    home = tmp_path_factory.mktemp("home")
    run(home, expanded, really=True)
    return home


def test_a_grid_is_written_out_as_learners_times_feature_sets(expanded: ExpandedGrid) -> None:
    assert [recipe.name for recipe in expanded.recipes] == [
        "small/all", "small/without_bills", "large/all", "large/without_bills", "baselines",
    ]  # fmt: skip
    assert len({recipe.key for recipe in expanded.recipes}) == 5
    features = {recipe.name: recipe.config.model_features() for recipe in expanded.recipes}
    left_out = {one.name for one in features["small/all"]} - {
        one.name for one in features["small/without_bills"]
    }
    [bills] = [group for group in DISTRICT.groups if group.name == "utilities"]
    assert left_out == {one.name for one in bills.features if one.purpose == "find_need"}


def test_strategies_expand_and_equal_recipes_are_kept_once() -> None:
    def names(*strategies: str, **changes: object) -> list[str]:
        grid = Grid.model_validate(
            {"name": "g", "base": "b", "feature_sets": strategies, **changes}
        )
        return [recipe.name for recipe in expand(grid, BASE, source="s").recipes[:-1]]

    assert names("leave_one_in") == ["base/only_composition", "base/only_utilities"]
    assert names("leave_one_out") == ["base/without_composition", "base/without_utilities"]
    assert names("all_combinations") == [
        "base/composition", "base/utilities", "base/composition+utilities",
    ]  # fmt: skip
    # Of two groups, all but one is the other alone, and both together are all.
    assert len(names("all", "leave_one_out", "leave_one_in", "all_combinations")) == 3
    assert names("all", learners={"one": {}, "two": {}}) == ["one/all"]


def test_the_key_is_of_what_decides_scores_and_of_the_code(expanded: ExpandedGrid) -> None:
    def key(source: str = "this code", **changes: object) -> str:
        return expand(GRID, BASE.model_copy(update=changes), source=source).recipes[0].key

    same = expanded.recipes[0].key
    assert key() == same
    assert key(title="Another", capacity_shares=(0.2,), name="other") == same
    assert key(source="other code") != same
    assert key(seed=8) != same
    assert key(unseen_weight=0.5) != same


def test_a_learner_keeps_what_the_base_says_unless_it_is_of_another_kind() -> None:
    learners = {
        "trees": {"kind": "lightgbm", "leaves": 3},
        "few": {"leaves": 3},
        "plain": {"kind": "logistic"},
    }
    grid = Grid.model_validate({"name": "g", "base": "b", "learners": learners})
    trees, plain, _ = expand(grid, BASE, source="s").recipes
    back = expand(
        grid.model_copy(update={"learners": {"trees": {"kind": "lightgbm"}}}),
        plain.config,
        source="s",
    ).recipes[0]

    assert trees.name == "trees/all"  # `few` is the same recipe
    assert trees.config.learner == replace(BASE.learner, leaves=3)
    assert plain.config.learner == LogisticSettings()
    assert back.config.learner == LearnerSettings()


def test_everything_wrong_is_told_at_once_by_name_before_anything_runs() -> None:
    grid = Grid.model_validate(
        {
            "name": "wrong",
            "base": "b",
            "learners": {"typo": {"leavs": 3}},
            "feature_groups": {"bills": ["utilites"], "nothing": []},
            "subsets": {
                "total": {"feature": "area_id", "op": "==", "value": "g1"},
                "odd": {"feature": "no_such", "op": ">", "value": 0},
                "text": {"feature": "utility_unpaid_amount", "op": ">", "value": "much"},
            },
        }
    )
    late = BASE.model_copy(update={"train_dates": (DATES[0],), "test_dates": (DATES[1],)})

    with pytest.raises(ConfigError) as refused:
        expand(grid, late, source="s")

    told = str(refused.value)
    for part in (
        "learners.typo: learner.", "leavs", "feature_groups.bills: no feature group ['utilites']",
        "feature_groups.nothing is empty", "subsets.total: total is always shown",
        "subsets.odd: no feature 'no_such'", "subsets.text: utility_unpaid_amount is a number",
        "dates of plain:",
    ):  # fmt: skip
        assert part in told


def test_too_many_combinations_are_refused_before_they_are_written_out() -> None:
    there = [group.name for group in DISTRICT.groups]
    wide = BASE.model_copy(update={"without_groups": ()})
    grid = Grid.model_validate({"name": "g", "base": "b", "feature_sets": ["all_combinations"]})

    with pytest.raises(ConfigError, match=f"{2 ** len(there) - 1} sets, at most 64"):
        expand(grid, wide, source="s")


def test_a_grid_file_is_read_with_its_base_and_its_slips_are_named(tmp_path: Path) -> None:
    path = tmp_path / "grid.yaml"
    path.write_text("name: g\nbase: district\n", "utf-8")
    assert base_of(load_grid(path), beside=tmp_path, shipped=CONFIGS).name.startswith("district")
    path.write_text("name: g\nbase: district\nlearner: {}\n", "utf-8")
    with pytest.raises(ConfigError, match="learner"):
        load_grid(path)
    with pytest.raises(ConfigError, match="no grid file"):
        load_grid(tmp_path / "none.yaml")


def test_every_group_and_baseline_is_judged_on_the_same_rows(home: Path) -> None:
    finished = load(home, find_run(home, None))

    assert {"small/all", "large/without_bills", "random", "area_mean"} <= set(finished.scores)
    assert "small/all last_years_list" in finished.scores
    assert len(finished.rows) == 2 * HOUSEHOLDS
    assert set(finished.subsets) == {"total", "onset", "entry", "owing"}
    owing = finished.subsets["owing"]
    assert 0 < owing.sum() < len(owing)
    assert not [path for path in home.rglob("*") if path.is_file()
                and path.suffix not in (".parquet", ".json")]  # fmt: skip


def test_what_is_kept_is_not_fitted_again(
    home: Path,
    tmp_path: Path,
    expanded: ExpandedGrid,
    run: Callable[..., GridRun],
    assembled: Assembled,
) -> None:
    home = copytree(home, tmp_path / "home")
    again = run(home, expanded)
    assert (again.fitted, again.reused) == (0, 10)
    assert len(runs(home)) == 1

    more = expand(GRID.model_copy(update={"learners": {"small": {"leaves": 3}, "mid": {"leaves": 7}}}), BASE, source="this code")  # fmt: skip
    grown = run(home, more)
    assert (grown.fitted, grown.reused) == (4, 6)

    # Another last date is another second split; the first is reused.
    digests = {**assembled.digests, DATES[-1]: "corrected"}
    corrected = Assembled(BASE, assembled.history, assembled.rules, digests)
    assert (run(home, expanded, source=corrected).fitted) == 5


def test_other_code_fits_everything_again(
    tmp_path: Path, expanded: ExpandedGrid, run: Callable[..., GridRun]
) -> None:
    one = Grid.model_validate({"name": "g", "base": "b"})
    assert run(tmp_path, expand(one, BASE, source="a")).fitted == 4
    assert run(tmp_path, expand(one, BASE, source="b")).fitted == 4


def test_a_damaged_moved_or_lost_result_is_refused_and_never_overwritten(tmp_path: Path) -> None:
    frame, path = pd.DataFrame({"score": [1.0]}), tmp_path / "one.parquet"
    write_table(path, frame, key="one", about={})
    assert read_table(path, key="one") is not None
    assert read_table(tmp_path / "two.parquet", key="two") is None

    with pytest.raises(ResultRefused, match="was made for one, not for two"):
        read_table(path, key="two")
    whole = path.read_bytes()
    path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    with pytest.raises(ResultRefused, match="changed or damaged"):
        read_table(path, key="one")
    path.unlink()
    with pytest.raises(ResultRefused, match="is gone but its receipt is not"):
        read_table(path, key="one")
    path.write_bytes(whole)
    (tmp_path / "one.json").unlink()
    assert read_table(path, key="one") is None  # unfinished: written before its receipt


def test_regret_over_the_dates_equals_a_plain_computation(home: Path) -> None:
    finished = load(home, find_run(home, "two_by_two")).only(["small/all", "large/all", "random"])

    found = judge_groups(finished, answers=None)

    rows = finished.rows.assign(**finished.scores)
    plain: dict[str, list[float]] = {name: [] for name in finished.scores}
    for _, here in rows.groupby("as_of_date"):
        for name, values in plain.items():
            cut = here[name].nlargest(24).min()
            above, tied = here[here[name] > cut], here[here[name] == cut]
            free = 24 - len(above)
            values.append((above["label"].sum() + free * tied["label"].mean()) / 24)
    best = np.max(list(plain.values()), axis=0)
    for _, line in found.groups.iterrows():
        values = plain[str(line["model_group"])]
        assert line["mean"] == pytest.approx(np.mean(values))
        assert line["mean_regret"] == pytest.approx(np.mean(best - values))
    assert found.choice.model_group != "random"
    assert not found.choice.firm  # two dates, and the first one's labels close after the second


def test_comparing_tells_a_model_from_chance(home: Path) -> None:
    finished = gather(home, ["small/all", "random", "small/without_bills"], run=None)

    found = compare(finished, answers="labels", draws=100)

    total = found.differences.loc[found.differences["subset"] == "total"].set_index("other")
    assert total.loc["random", "verdict"] == "better"
    assert set(found.figures["subset"]) == {"total", "onset", "entry", "owing"}
    nobody = found.figures.set_index("subset").loc["entry"]
    assert nobody["note"] == "there are no rows to grade"
    assert len(found.overlap) == 3
    assert set(found.churn["policy"]) == set(finished.scores)
    with pytest.raises(NoAnswers, match="not judged by truth; there are: labels, lot"):
        compare(finished, answers="truth", draws=100)


def test_names_nobody_finished_are_told_with_those_there_are(home: Path, tmp_path: Path) -> None:
    with pytest.raises(NoSuchResult, match=r"nothing finished is called 'smal/all'.*small/all"):
        gather(home, ["smal/all"], run=None)
    with pytest.raises(NoSuchResult, match="no finished run is called 'other'"):
        gather(home, ["small/all@other"], run=None)
    with pytest.raises(NoSuchResult, match="no finished grid"):
        find_run(tmp_path, None)


def test_runs_on_other_rows_are_compared_on_the_rows_they_share(
    home: Path, tmp_path: Path, run: Callable[..., GridRun], assembled: Assembled
) -> None:
    home = copytree(home, tmp_path / "home")
    one = Grid.model_validate({"name": "half", "base": "b", "learners": {"half": {"leaves": 5}}})
    kept = assembled.history["household_id"].isin([f"h{n:03d}" for n in range(0, HOUSEHOLDS, 2)])
    digests = {day: f"half {day}" for day in DATES}
    half = Assembled(BASE, assembled.history.loc[kept], assembled.rules, digests)
    run(home, expand(one, BASE, source="s"), source=half)

    together = gather(home, ["half/all", "small/all"], run=None)

    assert len(together.rows) == HOUSEHOLDS
    whole = load(home, find_run(home, "two_by_two"))
    keys = ["household_id", "as_of_date"]
    expected = whole.rows[keys].assign(score=whole.scores["small/all"])
    found = together.rows[keys].assign(score=together.scores["small/all"])
    assert found.merge(expected, on=[*keys, "score"]).shape[0] == HOUSEHOLDS

    other = half.history.assign(label=1 - half.history["label"])
    turned = Assembled(BASE, other, half.rules, {day: f"turned {day}" for day in DATES})
    run(home, expand(one.model_copy(update={"name": "turned"}), BASE, source="s"), source=turned)
    with pytest.raises(ResultRefused, match="another answer"):
        gather(home, ["half/all@turned", "small/all"], run=None)


def test_a_single_backtest_is_kept_and_compared_like_a_grid(
    home: Path, tmp_path: Path, assembled: Assembled, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "error_tables", lambda *_: {})
    home = copytree(home, tmp_path / "home")
    judged = [judge(assembled, split) for split in walk_plan(BASE)]
    result = Backtest(BASE, tuple(judged), observed=None, by_lot=None, truth=None)

    key = keep_backtest(home, result, at=AT, commit="c0ffee")

    run = find_run(home, key)
    assert (run["name"], run["commit"]) == ("plain", "c0ffee")
    finished = gather(home, ["plain", "plain last_years_list", "random@plain"], run=None)
    expected = np.concatenate([one.scores["model"] for one in judged])
    assert np.array_equal(finished.scores["plain"], expected)
    assert keep_backtest(home, result, at=AT, commit="other") == key


def test_errors_and_crosstabs_are_kept_beside_the_run(home: Path) -> None:
    about = find_run(home, "two_by_two")
    folder = home / "backtests" / "runs" / about["key"]

    errors = read_table(folder / "errors.parquet", key=f"{about['key']} errors")
    apart = read_table(folder / "crosstab.parquet", key=f"{about['key']} crosstab")

    assert errors is not None
    assert apart is not None
    assert set(errors["question"]) == {"missed", "wrongly listed"}
    mine = apart.loc[apart["model_group"] == "small/all"]
    assert mine["feature"].iloc[0] == "utility_unpaid_amount"
    assert json.loads((folder / "run.json").read_text("utf-8"))["commit"] == "c0ffee"


def test_a_condition_never_holds_for_the_unknown() -> None:
    rows = pd.DataFrame(
        {"owed": pd.array([1.0, 3.0, None], dtype="Float64"), "kind": ["a", "b", None]}
    )

    def holds(feature: str, op: str, value: object) -> list[bool]:
        one = Condition.model_validate({"feature": feature, "op": op, "value": value})
        return one.holds(rows).tolist()

    assert holds("owed", ">=", 3) == [False, True, False]
    assert holds("owed", "<", 3) == [True, False, False]
    assert holds("owed", "!=", 3) == [True, False, False]
    assert holds("kind", "!=", "a") == [False, True, False]
    assert holds("kind", "in", ["a", "c"]) == [True, False, False]


def test_the_code_behind_a_figure_is_followed_through_its_imports() -> None:
    found = reachable(["experiments.fitting"])

    assert {"models.learners.trees", "models.calibration", "models.encoding"} <= set(found)
    assert "experiments.cli" not in found
    assert RankedRows.__module__ not in reachable(["models.splits"])
