"""The contract of a matrix: exact columns and types, and what a column may be used for."""

from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from ibis.backends.duckdb import Backend

from features.district import DISTRICT
from features.matrix import Arrivals, build_matrix
from features.matrix_contract import (
    MatrixRefused,
    matrix_schema,
    require_contract,
    require_file,
    require_purpose,
)
from features.registry import Feature, FeatureGroup
from tests.features.records import TODAY, feeds, homes

SMALL = replace(DISTRICT, groups_package="tests.features.small_groups")

PEOPLE = FeatureGroup(
    name="people",
    title="People",
    sensitivity="S2",
    sources=("residents",),
    evidence=("people_since",),
    features=(
        Feature(name="people_count", unit="members", missing="zero", description="Members."),
        Feature(
            name="people_alone",
            unit="yes/no",
            missing="unknown",
            dtype="boolean",
            sensitivity="S3",
            description="One member.",
        ),
        Feature(
            name="people_head_sex",
            unit="class",
            missing="unknown",
            dtype="category",
            purpose="report_groups",
            description="Sex of the head.",
        ),
    ),
    build=lambda view: view.spine,
)


def without(name: str) -> pa.Schema:
    schema = matrix_schema([PEOPLE])
    return schema.remove(schema.get_field_index(name))


def test_the_schema_says_what_every_column_is() -> None:
    schema = matrix_schema([PEOPLE])

    assert schema.names == [
        "household_id", "as_of_date", "area_id",
        "people_count", "people_alone", "people_head_sex", "people_since",
    ]  # fmt: skip
    assert [str(field.type) for field in schema] == [
        "string", "date32[day]", "string", "double", "bool", "string", "date32[day]",
    ]  # fmt: skip
    assert [field.name for field in schema if not field.nullable] == ["household_id", "as_of_date"]
    assert schema.field("people_alone").metadata == {
        b"group": b"people",
        b"unit": b"yes/no",
        b"missing": b"unknown",
        b"sensitivity": b"S3",
        b"purpose": b"find_need",
    }


@pytest.mark.parametrize(
    ("found", "complaint"),
    [
        (without("people_alone"), "column people_alone of group people is missing"),
        (without("people_since"), "column people_since of group people is missing"),
        (without("area_id"), "column area_id is missing"),
        (
            matrix_schema([PEOPLE]).append(pa.field("people_cuont", pa.float64())),
            r"column people_cuont is declared by no feature group; did you mean 'people_count'\?",
        ),
        (
            without("people_count").append(pa.field("people_count", pa.string())),
            "column people_count of group people holds string, declared is double",
        ),
        (
            without("people_alone").append(pa.field("people_alone", pa.float64())),
            "column people_alone of group people holds double, declared is bool",
        ),
    ],
    ids=["feature", "evidence", "key", "stranger", "text for a number", "number for yes or no"],
)
def test_a_matrix_that_differs_is_refused_by_group_and_column(
    found: pa.Schema, complaint: str
) -> None:
    with pytest.raises(MatrixRefused, match=complaint):
        require_contract(found, [PEOPLE], where="matrix of a night")


def test_another_engine_may_write_days_and_text_in_its_own_width() -> None:
    schema = without("people_since").append(pa.field("people_since", pa.timestamp("us")))
    place = schema.get_field_index("people_head_sex")
    schema = schema.set(place, pa.field("people_head_sex", pa.large_string()))

    require_contract(schema, [PEOPLE], where="matrix of a night")


def test_what_the_engine_writes_keeps_its_contract_column_by_column(
    engine: Backend, tmp_path: Path
) -> None:
    moment = datetime.combine(date(2024, 6, 20), datetime.min.time())
    arrived = Arrivals({feed: [moment] for feed in SMALL.contracts})
    made = build_matrix(
        engine, feeds(engine, {"residents": homes("a b")}), arrived, SMALL,
        as_of_date=TODAY, out=tmp_path / "m.parquet",
    )  # fmt: skip

    promised = matrix_schema(SMALL.groups)
    found = pq.read_schema(made.path)
    assert found.names == promised.names
    assert [field.type for field in found] == [field.type for field in promised]

    pq.write_table(
        pq.read_table(made.path).drop_columns(["contact_visits_365d"]), tmp_path / "short.parquet"
    )
    with pytest.raises(MatrixRefused, match=r"short\.parquet .*contact_visits_365d of group"):
        require_file(tmp_path / "short.parquet", SMALL.groups)


@pytest.mark.parametrize(
    ("column", "complaint"),
    [
        ("people_head_sex", "people_head_sex of group people is declared for report_groups"),
        ("people_coumt", r"declared by no feature group; did you mean 'people_count'\?"),
        ("people_since", "people_since of group people is evidence"),
        ("household_id", "household_id is declared by no feature group"),
    ],
)
def test_a_column_is_used_only_for_what_it_is_declared_for(column: str, complaint: str) -> None:
    with pytest.raises(MatrixRefused, match=f"training may use only .*{complaint}"):
        require_purpose(["people_count", column], groups=[PEOPLE], use="training")


def test_a_report_may_use_what_is_declared_for_reports() -> None:
    require_purpose(["people_count", "people_alone"], groups=[PEOPLE], use="training")
    require_purpose(
        ["people_head_sex"], groups=[PEOPLE], use="fairness table", purposes={"report_groups"}
    )
