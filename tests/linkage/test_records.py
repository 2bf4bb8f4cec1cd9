from small_town import Town, name_of, town

from data_contracts.linkage.holder_names import one_sign_open, person_name, surname
from data_contracts.linkage.places import Places
from data_contracts.linkage.records import records_of


def by_id(records: object) -> dict[str, dict[str, object]]:
    return {row["unique_id"]: row for row in records.to_pylist()}


def test_accounts_and_dwellings_are_written_the_same_way() -> None:
    made = town()
    made.accounts["u1"] = (name_of(0), None, "翠湖花园一幢1-１０１")

    records = records_of(made.sources())

    [account], dwelling = records.accounts.to_pylist(), by_id(records.dwellings)["a000"]
    assert {name: account[name] for name in ("place", "building", "unit", "room")} == {
        name: dwelling[name] for name in ("place", "building", "unit", "room")
    }
    assert account["known_names"] == [name_of(0)]
    assert set(dwelling["residents"]) == {name_of(0, 0), name_of(0, 1)}


def test_whoever_left_or_died_is_still_known_but_no_resident() -> None:
    made = Town(dwellings={"a1": "翠湖花园1幢1单元101室"})
    made.people = [("a1", "王建国", None, False), ("a1", "王小明", None, True)]
    made.accounts["u1"] = ("王建国", None, "翠湖花园1-1-101")

    [dwelling] = records_of(made.sources()).dwellings.to_pylist()

    assert dwelling["residents"] == ["王小明"]
    assert dwelling["known_names"] == ["王小明", "王建国"]


def test_in_a_lane_the_house_is_the_building_and_in_a_village_the_door_is_the_room() -> None:
    made = Town(dwellings={"lane": "控江路120弄5号601室", "farm": "王店镇建设村3组12号"})
    made.accounts["u1"] = ("王建国", None, "控江路120弄5号601室")

    rows = by_id(records_of(made.sources()).dwellings)

    assert (rows["lane"]["road_no"], rows["lane"]["building"]) == ("控江路120弄", "5")
    assert (rows["farm"]["place"], rows["farm"]["building"], rows["farm"]["room"]) == (
        "建设村",
        "3",
        "12",
    )


def test_the_old_name_of_a_compound_is_learned_from_three_dwellings_not_from_two() -> None:
    for count, learned in ((2, 0), (3, 1)):
        made = town()
        for flat in range(count):
            text = made.dwellings[f"a0{flat:02d}"].split("翠湖花园")[1]
            made.accounts[f"u{flat}"] = (name_of(flat), None, f"纺织厂宿舍{text}")

        records = records_of(made.sources())

        assert records.aliases == learned
        expected = "翠湖花园" if learned else "纺织厂宿舍"
        assert {row["place"] for row in records.accounts.to_pylist()} == {expected}


def test_a_compound_name_one_sign_off_is_taken_only_where_one_name_is_meant() -> None:
    places = Places(["翠湖花园", "春江新村", "春城新村"])

    assert places.canonical("翠湖花圆") == "翠湖花园"
    assert places.canonical("西湖区翠湖花园小区") == "翠湖花园"
    assert places.canonical("春苑新村") == "春苑新村"
    guesses = [places.is_guess(name) for name in ("翠湖花圆", "西湖区翠湖花园小区", "春苑新村")]
    assert guesses == [True, False, False]


def test_a_firm_is_nobody_and_a_remark_is_no_name() -> None:
    assert person_name("阳光物业管理有限公司") is None
    assert person_name("不详") is None
    assert person_name(" 王 建国(已故)") == "王建国"
    assert person_name("王建国先生") == "王建国"
    assert surname("欧阳建国") == "欧阳"


def test_names_one_sign_apart_share_a_pattern_and_others_do_not() -> None:
    assert set(one_sign_open("王建国")) & set(one_sign_open("王健国"))
    assert not set(one_sign_open("王建国")) & set(one_sign_open("王健平"))
    assert one_sign_open("王强") == []
