"""Nobody is trained on, scored by or picked by a column that is not declared to find need."""

from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from experiments.fitting import fit_split
from features.district import DISTRICT
from features.matrix_contract import MatrixRefused, matrix_schema
from features.registry import FeatureGroup
from models.artefact import Artefact, ArtefactError, declarations
from models.learners.stored import StoredModel
from models.rules.triggers import TriggerError, load_triggers
from models.scoring import require_scorable
from serving.upstream.district import district
from tests.experiments.test_fitting import CONFIG
from tests.models.made_up import feature

NEED = feature("spend_365d")
SEX = feature("head_sex", dtype="category", unit="class", purpose="report_groups")
GROUPS = (
    FeatureGroup(
        name="made_up", title="Made up", sensitivity="S2", sources=("residents",),
        features=(NEED, SEX), build=lambda view: view.spine,
    ),
)  # fmt: skip


@dataclass
class _Encoding:
    names: tuple[str, ...]


def model_of(*names: str) -> Artefact:
    """Return as much of a model as the check looks at."""
    artefact = object.__new__(Artefact)
    declared = {key: told for key, told in declarations((NEED, SEX)).items() if key in names}
    for name, value in (
        ("artefact_id", "a" * 64), ("declared", declared), ("spread_stored", None),
        ("stored", StoredModel("lightgbm", _Encoding(names), ())),
    ):  # fmt: skip
        object.__setattr__(artefact, name, value)
    return artefact


def matrix(folder: Path, schema: pa.Schema) -> Path:
    path = folder / "2026-03-09.parquet"
    pq.write_table(schema.empty_table(), path)
    return path


def test_a_model_of_declared_columns_may_score_a_whole_matrix(tmp_path: Path) -> None:
    require_scorable(model_of("spend_365d"), matrix(tmp_path, matrix_schema(GROUPS)), GROUPS)


def test_a_model_that_uses_a_column_for_reports_may_not_score(tmp_path: Path) -> None:
    path = matrix(tmp_path, matrix_schema(GROUPS))

    with pytest.raises(MatrixRefused, match=r"scoring with model aaaa.*head_sex of group made_up"):
        require_scorable(model_of("spend_365d", "head_sex"), path, GROUPS)


def test_a_matrix_that_breaks_its_contract_is_not_scored(tmp_path: Path) -> None:
    schema = matrix_schema(GROUPS)
    wrong = schema.set(schema.get_field_index("spend_365d"), pa.field("spend_365d", pa.string()))

    with pytest.raises(MatrixRefused, match=r"2026-03-09\.parquet .*spend_365d of group made_up"):
        require_scorable(model_of("spend_365d"), matrix(tmp_path, wrong), GROUPS)


def test_a_model_of_other_declarations_does_not_score(tmp_path: Path) -> None:
    other = replace(GROUPS[0], features=(replace(NEED, unit="cents"), SEX))

    with pytest.raises(ArtefactError, match="trained on other declarations: spend_365d was"):
        require_scorable(model_of("spend_365d"), matrix(tmp_path, matrix_schema([other])), [other])


def test_the_model_is_given_only_what_is_declared_to_find_need() -> None:
    given = {one.name for one in CONFIG.model_features()}
    declared = {one.name: one.purpose for one in DISTRICT.features}

    assert given == {name for name, purpose in declared.items() if purpose == "find_need"}
    assert len(given) < len(declared)


def test_training_refuses_a_column_for_reports() -> None:
    [sex] = [one for one in DISTRICT.features if one.name == "household_head_sex"]

    with pytest.raises(MatrixRefused, match=r"training may use .*household_head_sex of group"):
        fit_split(pd.DataFrame(), None, config=CONFIG, features=[sex], rules=None)


def test_a_trigger_may_not_pick_by_a_column_for_reports(tmp_path: Path) -> None:
    path = tmp_path / "triggers.yaml"
    path.write_text(
        "triggers:\n  - {id: men, feature: head_sex, op: '==', value: male, from: 2024-01-01,"
        " source: nobody, title_zh: 男}\n",
        encoding="utf-8",
    )

    with pytest.raises(TriggerError, match="head_sex is declared for report_groups only"):
        load_triggers(path, features=(NEED, SEX), region="here")


def test_a_list_policy_is_offered_only_what_is_declared_to_find_need(tmp_path: Path) -> None:
    offered = district(tmp_path).groups

    assert offered["household_children"] == "composition"
    assert "household_head_sex" not in offered
