"""Which features go with a group or a department; the register's department goes only where it is alone."""

from types import SimpleNamespace
from typing import cast

from experiments.ablation.parts import (
    ONLY_DEPARTMENT,
    WITHOUT_DEPARTMENT,
    WITHOUT_GROUP,
    departments_of,
    parts_of,
)
from experiments.config import ExperimentConfig
from features.registry import FeatureGroup
from tests.models.made_up import feature


def group(name: str, *features: str, sources: tuple[str, ...]) -> FeatureGroup:
    return FeatureGroup(
        name=name,
        title=name,
        sensitivity="S1",
        sources=sources,
        features=tuple(feature(one) for one in features),
        build=lambda past: past,
    )


GROUPS = (
    group("composition", "people", "ages", sources=("residents",)),
    group("bills", "arrears", "shut_off", sources=("residents", "bills")),
    group("work", "wage", "jobs", sources=("residents", "insurance")),
    group("both", "burden", sources=("residents", "bills", "insurance")),
)
DEPLOYMENT = SimpleNamespace(
    groups=GROUPS,
    contracts={
        "residents": SimpleNamespace(department="police"),
        "bills": SimpleNamespace(department="utility"),
        "insurance": SimpleNamespace(department="labour"),
    },
)
GIVEN = tuple(one for each in GROUPS for one in each.features)
CONFIG = cast(
    ExperimentConfig,
    SimpleNamespace(load_deployment=lambda: DEPLOYMENT, model_features=lambda: GIVEN),
)


def dropped(kind: str) -> dict[str, tuple[str, ...]]:
    return {part.name: part.dropped for part in parts_of(CONFIG) if part.kind == kind}


def test_the_register_tells_only_what_rests_on_it_alone() -> None:
    tellers = departments_of(DEPLOYMENT, GIVEN)

    assert tellers["people"] == {"police"}
    assert tellers["arrears"] == {"utility"}
    assert tellers["burden"] == {"utility", "labour"}


def test_a_department_takes_along_whatever_cannot_be_told_without_it() -> None:
    assert dropped(WITHOUT_DEPARTMENT) == {
        "labour": ("wage", "jobs", "burden"),
        "police": ("people", "ages"),
        "utility": ("arrears", "shut_off", "burden"),
    }


def test_a_department_alone_keeps_only_what_it_tells_by_itself() -> None:
    assert dropped(ONLY_DEPARTMENT)["utility"] == ("people", "ages", "wage", "jobs", "burden")


def test_groups_go_one_by_one_and_everything_else_is_kept() -> None:
    assert dropped(WITHOUT_GROUP) == {
        "composition": ("people", "ages"),
        "bills": ("arrears", "shut_off"),
        "work": ("wage", "jobs"),
        "both": ("burden",),
    }
    assert all(len(part.kept) + len(part.dropped) == len(GIVEN) for part in parts_of(CONFIG))
