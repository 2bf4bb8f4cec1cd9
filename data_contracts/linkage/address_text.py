"""Free text -> parts of an address, as people and billing clerks in China write it.

``parse`` never raises and never guesses: a part nobody wrote is None. The text is folded first (full-width
signs, Chinese numerals before a unit word, brackets, remarks), then cut into *numbers* with the word that
follows them (``3幢``, ``2单元``, ``501室``, a bare ``3-2-501``) and *names* between them (a road, a compound).
Numbers find their part by their word wherever they stand, so the order of the text matters little; bare ones
by what stands before them. Names lose their administrative prefix, then their road; what remains is the compound.

In a lane address without building the number is the building (上海: 120弄5号601室); that reading, and the rural one
(group and door), belong to the comparison (:mod:`data_contracts.linkage.records`), not to the parts.
"""

import re
from typing import NamedTuple

from data_contracts.linkage.address_folding import normalise
from data_contracts.linkage.address_names import cut_name


class AddressParts(NamedTuple):
    """What a text says about a place; None where it says nothing.

    Names are as written; numbers without leading zeros (``3``, ``A``, ``501``, ``128-1``). ``formerly`` is
    a name given in brackets as an older one. ``room`` always includes its floor: 5楼2室 is 502.
    """

    province: str | None = None
    city: str | None = None
    district: str | None = None
    town: str | None = None
    community: str | None = None
    village: str | None = None
    group: str | None = None
    road: str | None = None
    lane: str | None = None
    number: str | None = None
    compound: str | None = None
    building: str | None = None
    unit: str | None = None
    floor: str | None = None
    room: str | None = None
    formerly: str | None = None


NOTHING = AddressParts()

_BRACKETS = re.compile(r"\(([^()]*)\)?")
_OLDER = re.compile(r"^(?:原名|原|旧称|旧名|曾用名|曾名|又名|老)(?P<name>[^\d|]{2,})$")
_REMARKS = re.compile(
    r"附近|旁边|斜对面|对面|隔壁|小区内|院内|出租屋|出租房|出租|租住|租户|租客|暂住地?|自建房|现住址?|家庭住址|住址|地址"
    r"|用[电水气](?=地址)|电表箱?|水表箱?|气表|表箱|门牌号?(?=\d)|邮编\d{6}|中国|(?<!\d)1[3-9]\d{9}(?!\d)"
    r"|[东南西北前后正侧]门[旁口边]?(?=[|]|$)"
)

_LETTERED = r"[甲乙丙丁东西南北中](?=单元|座|幢|栋)|[东西南北中左右](?=户)|[A-Z](?=座|栋|幢|号楼|单元|-\d|#)"
_NUMBER = rf"[A-Z]{{0,2}}\d+[A-Z]?(?![期区里坊]|村(?!民))|{_LETTERED}"
_TOKEN = re.compile(
    rf"(?P<number>{_NUMBER})"
    r"(?:(?P<word>号楼|号院|号室|号房|号|#楼|#|幢楼?|栋楼?|座|单元|门(?![诊市口])|层|楼|F(?![A-Z])|室|房|户"
    r"|支?弄|村民小组|村民组|小组|组|生产队|队)-?|(?P<dash>-))?"
    rf"|(?P<name>(?:\d+(?=[期区里坊]|村(?!民))|(?!{_NUMBER})[^\d|#\-()])+)"
    r"|(?P<stop>[|])"
)

_BUILDING_WORDS = ("幢", "栋", "座", "号楼", "#楼", "幢楼", "栋楼")
_ROOM_WORDS = ("室", "房", "户", "号室", "号房")
_GROUP_WORDS = ("组", "小组", "村民小组", "村民组", "队", "生产队")
_LONG = 3
"""From three digits on a bare number is a room (floor and door), below it a building or unit."""


def parse(text: str | None) -> AddressParts:
    """Return the parts of one free text; all None for None or a text that says nothing."""
    if not text:
        return NOTHING
    reading = _Reading()
    folded = normalise(text)
    if "(" in folded:
        folded = _BRACKETS.sub(reading.take_bracket, folded)
    for token in _TOKEN.finditer(_REMARKS.sub("", folded)):
        number = token["number"]
        if number is not None:
            word = token["word"]
            reading.take_number(number, word, dashed=token["dash"] is not None)
        else:
            reading.end_run(None)
            if token["name"] is not None:
                reading.take_name(token["name"])
    reading.end_run(None)
    return reading.parts()


def standard_text(parts: AddressParts) -> str:
    """Return the parts as one text in the order of the standard, from province to room."""
    written = [
        parts.province,
        parts.city,
        parts.district,
        parts.town,
        parts.community,
        parts.village,
        parts.group and f"{parts.group}组",
        parts.road,
        parts.lane and f"{parts.lane}弄",
        parts.number and f"{parts.number}号",
        parts.compound,
        parts.building and f"{parts.building}幢",
        parts.unit and f"{parts.unit}单元",
        parts.floor and f"{parts.floor}层",
        parts.room and (f"{parts.room}室"),
        parts.formerly and f"(原{parts.formerly})",
    ]
    return "".join(part for part in written if part)


def _plain(number: str) -> str:
    """Return a number without leading zeros; ``0`` stays."""
    return number.lstrip("0") or "0"


class _Reading:
    """One pass over the tokens of a text: what is known so far, and the bare numbers not yet placed."""

    __slots__ = ("_after", "_found", "_run")

    def __init__(self) -> None:
        self._found: dict[str, str] = {}
        self._run: list[str] = []
        self._after: str | None = None

    def parts(self) -> AddressParts:
        found = self._found
        floor, room = found.get("floor"), found.get("room")
        if floor and room and floor.isdigit() and room.isdigit() and len(room) < _LONG:
            found["room"] = f"{floor}{room.zfill(2)}"
        return AddressParts(**found)

    def take_bracket(self, bracket: re.Match[str]) -> str:
        """Keep an older name, put back what looks like a door, drop a remark."""
        inside = bracket[1]
        older = _OLDER.match(inside)
        if older:
            self._put("formerly", older["name"])
            return "|"
        return f"|{inside}|" if re.search(r"\d", inside) else "|"

    def take_number(self, number: str, word: str | None, *, dashed: bool) -> None:
        self._run.append(_plain(number))
        if not dashed:
            self.end_run(word)

    def end_run(self, word: str | None) -> None:
        """Give the numbers read since the last word their parts."""
        run, self._run = self._run, []
        if not run:
            return
        found = self._found
        if word is None:
            self._place_bare(run)
        elif word in _ROOM_WORDS:
            self._put("room", run[-1])
            self._place_before_room(run[:-1])
        elif word in _BUILDING_WORDS:
            part = "building" if "building" not in found else "unit"
            self._put(part, run[-1])
        elif word in ("单元", "门"):
            self._put("unit", run[-1])
            if len(run) > 1:
                self._put("building", run[-2])
        elif word in ("层", "F"):
            self._put("floor", run[-1])
        elif word == "楼":
            self._place_storey(run[-1])
        elif word.endswith("弄"):
            self._put("lane", run[-1])
        elif word in _GROUP_WORDS:
            self._put("group", run[-1])
        elif word == "号院":
            self._put("number", run[-1])
        elif word == "#":
            self._place_hash(run)
        else:
            self._place_door_number(run)
        self._after = word or "bare"

    def _put(self, part: str, value: str) -> None:
        self._found.setdefault(part, value)

    def _place_before_room(self, before: list[str]) -> None:
        """Place the numbers in front of a room in one run: building and unit, or what is missing of them."""
        if len(before) > 2:
            self._put("floor", before[2])
        if len(before) >= 2:
            self._put("building", before[0])
            self._put("unit", before[1])
        elif before:
            self._put("unit" if "building" in self._found else "building", before[0])

    def _place_bare(self, run: list[str]) -> None:
        found = self._found
        if len(run) == 2 and self._after == "road" and "number" not in found:
            self._put("number", run[0])
            self._put("room", run[1])
            return
        if len(run) > 1:
            self._put("room", run[-1])
            self._place_before_room(run[:-1])
            return
        [number] = run
        if self._after == "road" and "number" not in found and len(number) <= _LONG:
            self._put("number", number)
        elif "building" in found or "unit" in found or "floor" in found or len(number) >= _LONG:
            self._put("room", number)
        elif self._after in ("compound", "号"):
            self._put("building", number)

    def _place_storey(self, number: str) -> None:
        # 3楼2单元 is a building in the north, 3幢5楼 a floor everywhere; one digit decides nothing else.
        known = "building" in self._found or "unit" in self._found
        if known or "compound" not in self._found:
            self._put("floor", number)
        else:
            self._put("building", number)

    def _place_hash(self, run: list[str]) -> None:
        if "building" not in self._found:
            self._put("building", run[-1])
        else:
            self._place_bare(run)

    def _place_door_number(self, run: list[str]) -> None:
        """Place a number with the word 号: of the street, of a house in a lane, or of the flat itself."""
        found = self._found
        if len(run) > 2 or (len(run) == 2 and len(run[-1]) >= _LONG and self._after != "road"):
            self._put("room", run[-1])
            self._place_before_room(run[:-1])
        elif self._after in ("road", "village", "弄", None) or self._after in _GROUP_WORDS:
            self._put("number", "-".join(run))
        elif "building" in found or "unit" in found:
            self._put("room", run[-1])
        elif self._after == "compound" or "number" in found:
            self._put("building", run[-1])
        else:
            self._put("number", "-".join(run))

    def take_name(self, name: str) -> None:
        """Take administrative places, village or road from a name; what is left is the compound."""
        cut = cut_name(name)
        for part, value in cut.admin:
            self._put(part, value)
            self._after = "admin"
        if not cut.rest:
            return
        found = self._found
        if cut.group and "village" in found:
            self._put("group", cut.group)
            self._after = "组"
        elif cut.village and "village" not in found and "road" not in found:
            self._put("village", cut.village)
            self._after = "village"
            if cut.after_village:
                self.take_name(cut.after_village)
        else:
            if cut.road:
                self._put("road", cut.road)
                self._after = "road"
            if cut.after_road:
                if len(cut.after_road) > 1:
                    self._put("compound", cut.after_road)
                self._after = "compound"
