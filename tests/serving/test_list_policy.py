"""The list policy: what is shipped fits the district, and what does not fit is refused in plain words."""

from datetime import date

import pytest
import yaml

from features.district import DISTRICT
from serving.access.roles import Right, role_table
from serving.cases.findings import Finding, Need
from serving.lists.list_policy import PolicyError, load_list_policy, parse_list_policy
from serving.refusals import ExitCode
from tests.serving.village import policy

SHIPPED = load_list_policy(None, as_of_date=date(2026, 7, 15))


def written(tmp_path, *versions):
    path = tmp_path / "policy.yaml"
    parts = [version.model_dump(mode="json") for version in versions]
    path.write_text(yaml.safe_dump({"versions": parts}), encoding="utf-8")
    return path


def test_the_shipped_policy_names_only_features_and_groups_the_district_has():
    SHIPPED.check_names(
        features={feature.name for feature in DISTRICT.features},
        groups={group.name for group in DISTRICT.groups},
    )


def test_the_shipped_policy_has_words_for_every_feed_finding_and_need():
    assert set(SHIPPED.feed_words) == set(DISTRICT.contracts)
    assert set(SHIPPED.findings) == set(Finding) == set(enum_of("visits", "finding"))
    assert set(SHIPPED.need_words) == set(SHIPPED.questions) == set(Need)
    visiting = {
        role
        for role, rule in role_table().roles.items()
        if Right.RECORD in rule.rights and not rule.every_role_of_the_place
    }
    assert {rule.role for rule in SHIPPED.roles} <= visiting
    assert len(SHIPPED.roles) >= 3
    assert {rule.role for rule in SHIPPED.roles} == set(enum_of("staff_capacity", "role"))
    assert set(SHIPPED.needed_feeds) <= set(DISTRICT.contracts)


def enum_of(feed, column):
    return DISTRICT.contracts[feed].column(column).enum


def test_every_group_that_can_give_a_reason_suggests_what_to_ask():
    speaking = {
        group.name
        for group in DISTRICT.groups
        if any(one.phrase and one.purpose == "find_need" for one in group.features)
    }

    assert speaking - set(SHIPPED.needs) <= {"data_confidence"}


def test_a_policy_survives_being_published_with_its_lists():
    assert parse_list_policy(SHIPPED.model_dump_json()) == SHIPPED


@pytest.mark.parametrize(
    ("day", "seed"),
    [
        (date(2026, 3, 31), "old"),
        (date(2026, 4, 1), "new"),
    ],
)
def test_the_version_in_force_on_the_date_counts(tmp_path, day, seed):
    path = written(tmp_path, policy(seed="new", valid_from="2026-04-01"), policy(seed="old"))

    assert load_list_policy(path, as_of_date=day).seed == seed


def test_a_date_before_the_first_version_has_no_policy(tmp_path):
    path = written(tmp_path, policy(valid_from="2026-04-01"))

    with pytest.raises(PolicyError, match="no version before 2026-04-01, asked 2026-03-31"):
        load_list_policy(path, as_of_date=date(2026, 3, 31))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"roles": []}, "roles"),
        ({"sede": "x"}, "sede"),
        ({"exploration": {"random_share": 0.9, "uncertain_share": 0}}, "random_share"),
        ({"ready_hour": 24}, "ready_hour"),
        (
            {"urgent": [{"id": "u", "title": "t", "hours": 0, "all": [{"feature": "f"}]}]},
            "hours",
        ),
        (
            {"urgent": [{"id": "u", "title": "t", "hours": 1, "all": [{"feature": "f"}]}]},
            "give at_least, at_most or equals",
        ),
        ({"urgent": [{"id": "u", "title": "t", "hours": 1, "all": []}]}, "all"),
        ({"roles": [{"role": "helper", "title": "t", "takes": []}]}, "nobody signs in as 'helper'"),
        *(
            ({"roles": [{"role": "volunteer", "title": "t", **lanes}]}, "volunteer is not shown")
            for lanes in (
                {"takes": ["urgent"]},
                {"takes": [], "fills": ["ranked", "urgent"]},
                {"takes": ["exploration"]},
                {"takes": ["cadence"]},
            )
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_policy_that_nearly_says_what_it_means_is_refused(tmp_path, change, says):
    path = tmp_path / "policy.yaml"
    parts = policy().model_dump(mode="json") | change
    path.write_text(yaml.safe_dump({"versions": [parts]}), encoding="utf-8")

    with pytest.raises(PolicyError) as caught:
        load_list_policy(path, as_of_date=date(2026, 3, 9))

    assert says in caught.value.found
    assert caught.value.code is ExitCode.POLICY_WRONG


def test_a_volunteer_may_be_sent_where_nothing_urgent_can_be():
    lanes = {"takes": ["ranked"], "fills": ["sweep", "care"]}

    assert policy(roles=[{"role": "volunteer", "title": "t", **lanes}]).roles[0].takes == (
        "ranked",
    )


@pytest.mark.parametrize("content", ["versions: [", "- 1", "", "versions: {}"])
def test_a_file_that_is_no_policy_is_refused(tmp_path, content):
    path = tmp_path / "policy.yaml"
    path.write_text(content)

    with pytest.raises(PolicyError, match=r"policy\.yaml"):
        load_list_policy(path, as_of_date=date(2026, 3, 9))


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(PolicyError, match="No such file"):
        load_list_policy(tmp_path / "nowhere.yaml", as_of_date=date(2026, 3, 9))


def test_an_unknown_group_is_named_with_the_nearest_known_one():
    with pytest.raises(PolicyError, match="did you mean utilities"):
        policy(needs={"utilites": ["cash"]}).check_names(
            features={"power_is_cut", "children"}, groups={"utilities", "disability"}
        )


def test_a_band_the_policy_does_not_know_is_refused_and_an_old_one_ranks_lowest():
    with pytest.raises(PolicyError, match="'purple'"):
        policy().style("purple")
    assert policy().more_pressing("yellow", "purple")
    assert not policy().more_pressing("purple", "yellow")
    assert policy().more_pressing("red", "orange")
    assert not policy().more_pressing("orange", "orange")
