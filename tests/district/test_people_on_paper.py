"""National ids, phones and names of made-up people are what real ones look like, and nobody's."""

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from data_contracts.identifiers import parse
from data_contracts.pseudonyms import Keyring
from experiments.district.feeds import FEEDS, PERSON_IDS
from experiments.district.months import day_number
from experiments.district.papers import PER_DAY_AND_SEX, SPARE_AREAS, Papers, TooManyAlike
from experiments.district.streams import Streams
from experiments.district.world import World
from tests.district.landing import latest, read_feed

PERSON_COLUMNS = [
    (name, cell.name)
    for name, feed in FEEDS.items()
    for cell in feed.cells
    if cell.source == PERSON_IDS
]


@pytest.mark.parametrize(("feed", "column"), PERSON_COLUMNS)
def test_every_id_is_one_of_the_people_who_live_here(
    district: Path, feed: str, column: str
) -> None:
    written = read_feed(district / "landing", feed)[column].dropna().drop_duplicates()
    parsed = parse("national_id", pa.array(written, pa.string()))
    assert len(parsed.misfits) == 0
    people = pd.read_parquet(district / "truth/persons.parquet").national_id
    # Somebody who came and died within a month never lived through the end of one; the title of
    # a home may still be in the name of somebody dead before recording began.
    assert (~pd.Series(parsed.values.to_pylist()).isin(people)).mean() < 0.005


def test_ids_are_unique_and_tell_birth_and_sex(district: Path) -> None:
    rows = latest(read_feed(district / "landing", "residents"), "residence_id")
    assert rows.groupby("person_id").birth_date.nunique().max() == 1
    assert (rows.person_id.str[6:14] == rows.birth_date.dt.strftime("%Y%m%d")).mean() > 0.999
    known = rows[rows.sex.isin(["male", "female"])]
    odd = known.person_id.str[16].astype(int) % 2 == 1
    assert (odd == (known.sex == "male")).all()
    people = pd.read_parquet(district / "truth/persons.parquet")
    lasting = people[people.to_day.isna()]
    assert lasting.national_id.is_unique
    assert (people.national_id.str[4] == "9").all()


def test_old_departments_write_fifteen_digits_and_a_small_x(district: Path) -> None:
    pensions = read_feed(district / "landing", "pensions").person_id.drop_duplicates()
    short = pensions[pensions.str.len() == 15]
    assert 0.002 < len(short) / len(pensions) < 0.03
    applications = read_feed(district / "landing", "applications").person_id
    assert applications.str.endswith("x").any()
    assert not read_feed(district / "landing", "residents").person_id.str.contains("x").any()


def test_both_forms_of_an_id_are_one_person(district: Path) -> None:
    pensions = read_feed(district / "landing", "pensions").person_id.drop_duplicates()
    short = pensions[pensions.str.len() == 15].head(20)
    full = parse("national_id", pa.array(short, pa.string())).values
    residents = set(read_feed(district / "landing", "residents").person_id)
    assert sum(one in residents for one in full.to_pylist()) >= 0.8 * len(short)
    keyring = Keyring(bytes(range(130, 162)), "somewhere")
    assert keyring.pseudonyms("national_id", pa.array(short, pa.string())) == keyring.pseudonyms(
        "national_id", full
    )


def _born_on_one_day(count: int) -> tuple[Papers, World]:
    world, papers = World(), Papers()
    world.homes.grow(1)
    rows = world.people.grow(count)
    world.people.household[rows] = 0
    world.people.birth[rows] = day_number(date(1960, 2, 29))
    return papers, world


def test_those_born_on_one_day_have_different_ids() -> None:
    papers, world = _born_on_one_day(PER_DAY_AND_SEX)
    papers.extend(world, Streams(955), month=0, parents=np.full(1, -1))
    ids = papers.national_ids("", np.arange(PER_DAY_AND_SEX)).to_pylist()
    assert len(set(ids)) == PER_DAY_AND_SEX
    assert {one[6:14] for one in ids} == {"19600229"}


def test_where_an_area_has_no_number_left_another_is_used() -> None:
    count = 7 * PER_DAY_AND_SEX
    papers, world = _born_on_one_day(count)
    papers.extend(world, Streams(955), month=0, parents=np.full(1, -1))
    born_later = world.people.grow(PER_DAY_AND_SEX)
    world.people.birth[born_later] = world.people.birth[0]
    papers.extend(world, Streams(955), month=1, parents=np.full(1, -1))
    ids = papers.national_ids("", np.arange(count + PER_DAY_AND_SEX))
    assert len(set(ids.to_pylist())) == count + PER_DAY_AND_SEX
    assert len(parse("national_id", ids).misfits) == 0


def test_more_births_than_numbers_are_refused() -> None:
    papers, world = _born_on_one_day(PER_DAY_AND_SEX * (len(SPARE_AREAS) + 4))
    with pytest.raises(TooManyAlike, match="of one sex and day of birth"):
        papers.extend(world, Streams(955), month=0, parents=np.full(1, -1))


def test_phones_are_mobile_numbers_and_children_have_none(district: Path) -> None:
    rows = latest(read_feed(district / "landing", "residents"), "residence_id")
    phones = rows.phone.dropna().drop_duplicates()
    assert phones.str.fullmatch(r"1[3-9]\d{9}").all()
    people = rows.drop_duplicates("person_id")
    assert people.phone.dropna().is_unique
    assert people[people.birth_date > "2013-01-01"].phone.isna().all()
    assert 0.8 < people[people.birth_date < "2008-01-01"].phone.notna().mean() < 0.93


def test_names_are_those_of_the_country(district: Path) -> None:
    people = latest(read_feed(district / "landing", "residents"), "person_id")
    first = people.name.str[0]
    assert 0.27 < first.isin(list("王李张刘陈")).mean() < 0.36
    assert people.name.str.len().isin([2, 3, 4]).all()
    assert 0.10 < (people.name.str.len() == 2).mean() < 0.20
    assert people.name.str.contains("[𠮷㛃䶮㮾䣭𠅤]").any()


def test_a_name_stays_with_its_person(district: Path) -> None:
    rows = read_feed(district / "landing", "residents")
    assert rows.groupby("person_id").name.nunique().max() == 1


def test_children_mostly_bear_their_fathers_name(district: Path) -> None:
    rows = latest(read_feed(district / "landing", "residents"), "residence_id")
    rows = rows[rows.valid_to.isna()]
    men = rows[(rows.sex == "male") & rows.relation.isin(["head", "spouse"])]
    father = men.drop_duplicates("household_id").set_index("household_id").name.str[0]
    children = rows[(rows.relation == "child") & rows.household_id.isin(father.index)]
    same = children.name.str[0].to_numpy() == father[children.household_id].to_numpy()
    assert 0.80 < same.mean() < 0.97
