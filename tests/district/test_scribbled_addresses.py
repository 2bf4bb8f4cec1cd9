"""What a clerk does to an address text, one kind at a time."""

import re

import numpy as np
import pytest

from experiments.district.config import DistrictConfig
from experiments.district.doorplates import STREET, VILLAGE, Doorplates, put_up
from experiments.district.noise import AccountNoise, RegisterNoise
from experiments.district.people import settle
from experiments.district.places import lay_out
from experiments.district.scribbles import KINDS, TYPO, scribble
from experiments.district.streams import Streams
from experiments.district.world import World

CLEAN = dict.fromkeys(
    [
        "no_room",
        "no_room_foreign",
        "short_form",
        "fullwidth",
        "chinese_numerals",
        "reordered",
        "typo",
        "wrong_digit",
        "abbreviated",
        "extra_words",
        "old_name",
        "old_number",
    ],
    0.0,
)


@pytest.fixture(scope="module")
def doors() -> Doorplates:
    """Doorplates of a small district in which every compound that can be was renamed or merged."""
    config = DistrictConfig(households=4_000, months=2, seed=956)
    world, streams = World(), Streams(config.seed)
    grids = lay_out(world, streams, households=config.households, rural_share=0.2)
    settle(world, grids, config, streams, day=20_000)
    noise = AccountNoise(renamed_compounds=1.0, merged_compounds=0.5)
    return put_up(world, grids, streams, RegisterNoise(), noise)


def _rows(doors: Doorplates) -> np.typing.NDArray[np.int64]:
    return np.flatnonzero(~doors.is_room)


def _texts(doors: Doorplates, **rates: float) -> list[str]:
    rows = _rows(doors)
    noise = AccountNoise(**(CLEAN | rates))
    found = scribble(np.random.default_rng(1), doors, rows, np.zeros(len(rows), np.bool_), noise)
    return found.text.to_pylist()


def _standard(doors: Doorplates) -> list[str]:
    return doors.texts(_rows(doors)).to_pylist()


def test_nothing_done_leaves_the_standard_address(doors: Doorplates) -> None:
    assert _texts(doors) == _standard(doors)


def test_no_two_dwellings_have_one_address(doors: Doorplates) -> None:
    texts = _standard(doors)
    assert len(set(texts)) == len(texts)


def test_a_short_form_ends_like_the_standard_address(doors: Doorplates) -> None:
    pairs = zip(_texts(doors, short_form=1.0), _standard(doors), strict=True)
    known = re.compile(r"^(云溪市)?(临湖区)?(\w\w街道)?")
    assert all(full.endswith(known.sub("", short)) for short, full in pairs)


def test_a_text_without_room_says_where_the_house_is(doors: Doorplates) -> None:
    pairs = list(zip(_texts(doors, no_room=1.0), _standard(doors), strict=True))
    assert all(full.startswith(text) for text, full in pairs)
    assert all(re.fullmatch(r"\d+[室号]", full.removeprefix(text)) for text, full in pairs)


def test_digits_become_wide_or_chinese(doors: Doorplates) -> None:
    for text in _texts(doors, fullwidth=1.0):
        assert re.search(r"[０-９]+[室号]$", text)
    for text in _texts(doors, chinese_numerals=1.0):
        assert re.search(r"[〇一二三四五六七八九十]+[室号]$", text)


def test_chinese_numerals_are_read_as_people_read_them(doors: Doorplates) -> None:
    written = dict(zip(_standard(doors), _texts(doors, chinese_numerals=1.0), strict=True))
    ends = {full[-12:]: text for full, text in written.items()}
    assert any(text.endswith("三〇一室") for full, text in ends.items() if full.endswith("301室"))
    assert any(text.endswith("组十一号") for full, text in ends.items() if full.endswith("组11号"))
    assert any(text.endswith("组二十号") for full, text in ends.items() if full.endswith("组20号"))


def test_reordered_texts_begin_with_the_house(doors: Doorplates) -> None:
    for text, full in zip(_texts(doors, reordered=1.0), _standard(doors), strict=True):
        house, place = text.split(" ")
        assert full == place + house


def test_abbreviated_texts_join_numbers_with_dashes_except_in_villages(doors: Doorplates) -> None:
    style = doors.style[doors.compound[_rows(doors)]]
    for text, kind in zip(_texts(doors, abbreviated=1.0), style, strict=True):
        assert bool(re.search(r"\d+-(\d+-)?\d+$", text)) == (kind != VILLAGE)
    assert {STREET, VILLAGE} <= set(style)


def test_a_typo_changes_one_character_of_the_place(doors: Doorplates) -> None:
    texts, full = _texts(doors, typo=1.0), _standard(doors)
    differ = [
        sum(a != b for a, b in zip(one, other, strict=True))
        for one, other in zip(texts, full, strict=True)
    ]
    assert set(differ) <= {0, 1}
    assert differ.count(1) > 0.9 * len(differ)


def test_a_wrong_digit_is_the_room_next_door(doors: Doorplates) -> None:
    pairs = list(zip(_texts(doors, wrong_digit=1.0), _standard(doors), strict=True))
    assert all(one != full and one[:-2] == full[:-2] for one, full in pairs if full[-2] != "0")
    real = set(_standard(doors))
    assert sum(one in real for one, _ in pairs) > 0.8 * len(pairs)


def test_old_names_and_numbers_belong_to_renamed_and_merged_compounds(doors: Doorplates) -> None:
    rows = _rows(doors)
    shift = doors.shift[doors.compound[rows]]
    renamed = doors.old_name.is_valid().to_numpy(zero_copy_only=False)[doors.compound[rows]]
    old = np.array(_texts(doors, old_name=1.0)) != np.array(_standard(doors))
    assert (old == (renamed & (shift == 0))).all()
    merged = np.array(_texts(doors, old_number=1.0)) != np.array(_standard(doors))
    assert (merged == (shift > 0)).all()


def test_what_was_done_is_kept(doors: Doorplates) -> None:
    rows = _rows(doors)
    foreign = np.zeros(len(rows), np.bool_)
    noise = AccountNoise(**(CLEAN | {"typo": 1.0}))
    found = scribble(np.random.default_rng(1), doors, rows, foreign, noise)
    assert (found.done == TYPO).all()
    assert KINDS[TYPO.bit_length() - 1] == "typo"
