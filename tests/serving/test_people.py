"""Who lives in a household: said as far as it is known, and only to whom it may be said."""

from datetime import date

import pytest

from serving.access.fields import WITHHELD
from serving.access.roles import Role
from serving.dossier.people import people
from tests.tables import table

NIGHT = date(2026, 3, 9)
PHRASES = {
    "household_size": "{value}口人同住",
    "household_children": "家中有{value}个未成年人",
    "household_is_one_elder": "一位老人独居",
    "household_not_there": "不在表中",
}
MATRIX = """
    household_id | household_size | household_children | household_is_one_elder
    -------------+----------------+--------------------+-----------------------
    alone        | 1              | 0                  | true
    family       | 4              | 2                  | false
    unknown      | ?              | ?                  | ?
    """


@pytest.fixture
def kept(tmp_path):
    (tmp_path / "matrices").mkdir()
    table(MATRIX).to_parquet(tmp_path / "matrices" / f"{NIGHT}.parquet")
    return tmp_path


def told(kept, household, role=Role.GRID_WORKER, night=NIGHT):
    return people(kept, household_id=household, night=night, phrases=PHRASES, roles=[role])


def test_what_is_known_is_said_and_what_is_zero_or_unknown_is_not(kept):
    assert told(kept, "alone") == ["1口人同住", "一位老人独居"]
    assert told(kept, "family") == ["4口人同住", "家中有2个未成年人"]
    assert told(kept, "unknown") == []


def test_a_volunteer_is_told_nothing_where_a_child_lives_or_might(kept):
    assert told(kept, "alone", Role.VOLUNTEER) == ["1口人同住", "一位老人独居"]
    assert told(kept, "family", Role.VOLUNTEER) == [WITHHELD]
    assert told(kept, "unknown", Role.VOLUNTEER) == [WITHHELD]


def test_a_night_or_a_household_that_is_not_kept_is_nobodys(kept):
    assert told(kept, "nobody") is None
    assert told(kept, "alone", night=date(2026, 3, 10)) is None
    assert told(None, "alone") is None
