import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from data_contracts.linkage.address_folding import normalise
from data_contracts.linkage.address_text import (
    NOTHING,
    AddressParts,
    parse,
    standard_text,
)
from data_contracts.linkage.numerals import arabic

WRITTEN = [
    (
        "浙江省杭州市西湖区翠苑街道翠苑社区文三路128号翠湖花园3幢2单元501室",
        "province=浙江省 city=杭州市 district=西湖区 town=翠苑街道 community=翠苑社区"  # noqa: ISC004
        " road=文三路 number=128 compound=翠湖花园 building=3 unit=2 room=501",
    ),
    ("翠湖花园3-2-501", "compound=翠湖花园 building=3 unit=2 room=501"),
    ("翠湖花园3#2-501", "compound=翠湖花园 building=3 unit=2 room=501"),
    ("翠湖花园3#楼501", "compound=翠湖花园 building=3 room=501"),
    ("翠湖花园3幢2-501", "compound=翠湖花园 building=3 unit=2 room=501"),
    ("翠湖花园3-501", "compound=翠湖花园 building=3 room=501"),
    ("翠湖花园三幢二单元五〇一", "compound=翠湖花园 building=3 unit=2 room=501"),
    ("翠湖花园第十二幢二单元0501室", "compound=翠湖花园 building=12 unit=2 room=501"),
    ("翠湖花园3幢5楼2室", "compound=翠湖花园 building=3 floor=5 room=502"),
    ("翠湖花园3楼2单元501", "compound=翠湖花园 building=3 unit=2 room=501"),
    ("翠湖花园A座1201", "compound=翠湖花园 building=A room=1201"),
    (
        "５０１室 ３幢２单元 翠湖花园 文三路１２８号",
        "road=文三路 number=128 compound=翠湖花园 building=3 unit=2 room=501",
    ),
    ("翠湖花园，3栋，501，西湖区", "district=西湖区 compound=翠湖花园 building=3 room=501"),
    ("控江路120弄5号601室", "road=控江路 lane=120 number=5 room=601"),
    ("曹杨一村12号301室", "compound=曹杨一村 building=12 room=301"),
    ("芳城园三区12号楼3门1201", "compound=芳城园三区 building=12 unit=3 room=1201"),
    ("新安中里5-1-101号", "compound=新安中里 building=5 unit=1 room=101"),
    ("二七区解放路五号院3号楼", "district=二七区 road=解放路 number=5 building=3"),
    ("王店镇建设村3组12号", "town=王店镇 village=建设村 group=3 number=12"),
    ("建设村第三村民小组5号", "village=建设村 group=3 number=5"),
    ("建设村王家组12号", "village=建设村 group=王家 number=12"),
    ("翠湖花园(原纺织厂宿舍)3幢501", "compound=翠湖花园 building=3 room=501 formerly=纺织厂宿舍"),
    ("翠湖花园(近地铁)3幢(501室)", "compound=翠湖花园 building=3 room=501"),
    ("解放路小区5幢", "compound=解放路小区 building=5"),
    ("翠湖花园东区3幢501", "compound=翠湖花园东区 building=3 room=501"),
    ("江北区洪家社区五一路12号", "district=江北区 community=洪家社区 road=五一路 number=12"),
    ("解放路128号", "road=解放路 number=128"),
    ("翠湖花园3幢租户电表箱", "compound=翠湖花园 building=3"),
    ("县前东路24-302", "road=县前东路 number=24 room=302"),
    ("县前东路24号302室北门旁", "road=县前东路 number=24 room=302"),
    ("陆家村2组11号", "village=陆家村 group=2 number=11"),
]


def parts(written: str) -> AddressParts:
    return AddressParts(**dict(part.split("=") for part in written.split()))


@pytest.mark.parametrize(("text", "expected"), WRITTEN, ids=[text for text, _ in WRITTEN])
def test_an_address_is_read_as_a_clerk_would_read_it(text: str, expected: str) -> None:
    assert parse(text) == parts(expected)


@pytest.mark.parametrize("text", [None, "", "   ", "??!", "本人", "-", "(", "#", "第"])
def test_a_text_that_says_nothing_has_no_numbers(text: str | None) -> None:
    assert parse(text)._replace(compound=None) == NOTHING


@pytest.mark.parametrize(
    ("run", "number"),
    [("十二", "12"), ("二十", "20"), ("五〇一", "501"), ("一百零二", "102"), ("二三", "23")],
)
def test_numerals(run: str, number: str) -> None:
    assert arabic(run) == number


def maybe(values: st.SearchStrategy[str]) -> st.SearchStrategy[str | None]:
    return st.none() | values


small = st.integers(1, 99).map(str)
rooms = st.builds(lambda floor, door: f"{floor}{door:02d}", st.integers(1, 33), st.integers(1, 9))
compounds = st.sampled_from(
    ["翠湖花园", "锦绣家园", "工人新村", "纺织厂宿舍", "阳光小区", "翠湖花园二期"]
)
flats = st.builds(
    AddressParts,
    province=maybe(st.sampled_from(["浙江省", "四川省"])),
    city=maybe(st.sampled_from(["杭州市", "成都市"])),
    district=maybe(st.sampled_from(["西湖区", "江北区", "安吉县"])),
    town=maybe(st.sampled_from(["翠苑街道", "王店镇"])),
    community=maybe(st.sampled_from(["洪家社区", "翠苑社区"])),
    road=st.sampled_from(["文三路", "解放大道", "五一路", "建设北路"]),
    number=st.integers(1, 999).map(str),
    compound=compounds,
    building=small,
    unit=maybe(st.integers(1, 9).map(str)),
    room=rooms,
    **dict.fromkeys(("village", "group", "lane", "floor", "formerly"), st.none()),
)


def chinese(number: str) -> str:
    """Two-digit numbers as 十二, longer ones digit by digit."""
    if len(number) > 2:
        return "".join("零一二三四五六七八九"[int(sign)] for sign in number)
    tens, ones = divmod(int(number), 10)
    digits = "零一二三四五六七八九"
    return f"{digits[tens] if tens > 1 else ''}{'十' if tens else ''}{digits[ones] if ones else ''}"


def head(flat: AddressParts) -> str:
    return standard_text(flat._replace(building=None, unit=None, room=None))


def wide(text: str) -> str:
    return "".join(chr(ord(sign) + 0xFEE0) if "!" <= sign <= "~" else sign for sign in text)


WAYS_TO_WRITE = {
    "standard": standard_text,
    "dashes": lambda f: f"{head(f)}{f.building}-{f.unit + '-' if f.unit else ''}{f.room}",
    "hash": lambda f: f"{head(f)}{f.building}#{f.unit + '-' if f.unit else ''}{f.room}",
    "栋": lambda f: f"{head(f)}{f.building}栋{f.unit + '单元' if f.unit else ''}{f.room}",
    "号楼": lambda f: f"{head(f)}{f.building}号楼{f.unit + '门' if f.unit else ''}{f.room}号",
    "full width": lambda f: wide(standard_text(f)),
    "spaced": lambda f: (
        f"{head(f)} {f.building} 幢 {f.unit + ' 单元 ' if f.unit else ''}{f.room} 室"
    ),
    "numerals": lambda f: (
        f"{head(f)}{chinese(f.building)}幢{chinese(f.unit) + '单元' if f.unit else ''}{chinese(f.room)}室"
    ),
    "door first": lambda f: (
        f"{f.room}室,{f.building}幢{f.unit + '单元' if f.unit else ''},{head(f)}"
    ),
}


@pytest.mark.parametrize("way", sorted(WAYS_TO_WRITE))
@given(flat=flats)
def test_what_was_written_is_read_back(way: str, flat: AddressParts) -> None:
    assert parse(WAYS_TO_WRITE[way](flat)) == flat


ADDRESS_SIGNS = "一二三十零〇两号幢栋座单元层楼室弄户组村路街巷区县市镇乡社区花园东西中原()（）-#,， 0123456789AB第院门"


@given(st.text() | st.text(alphabet=ADDRESS_SIGNS, max_size=30))
def test_no_text_at_all_makes_the_parser_stumble(text: str) -> None:
    assert isinstance(parse(text), AddressParts)


@example("K¸")
@example("第第0")
@example("〇门两幢")
@given(st.text() | st.text(alphabet=ADDRESS_SIGNS, max_size=30))
def test_folding_twice_changes_nothing(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)


@given(flat=flats)
def test_reading_the_standard_text_again_changes_nothing(flat: AddressParts) -> None:
    read = parse(standard_text(flat))

    assert parse(standard_text(read)) == read
