"""Names in an address, cut into administrative places, village, road and what remains."""

import re
from functools import lru_cache
from typing import NamedTuple

_NO_STREET = r"(?![路街镇乡村])"
_DISTRICT = (
    rf"(?:(?!花园|家园|公寓|新村|小区|社区|园区){_NO_STREET}[^\d|市区县]){{1,6}}"
    r"(?<![小社园校活舍宅东西南北一二三四五六七八九])区"
    r"|[^\d|市区县路街]{1,2}[东西南北]区(?=.)"
    r"|二七区"
    rf"|(?:{_NO_STREET}[^\d|市区县]){{1,8}}[县旗]"
)
_TOWN = "街道办事处|街道办|街道|镇(?![江海]|花园|小区|苑|府)|(?<!水)乡(?!人家|苑)|苏木"
_ADMIN = re.compile(
    r"(?P<province>(?:北京|天津|上海|重庆)市?(?=[^\d|]{1,6}[区县])"
    r"|(?:内蒙古|黑龙江|广西|宁夏|新疆|西藏|[^\d|省市区县]{2})(?:省|壮族自治区|回族自治区|维吾尔自治区|自治区))?"
    rf"(?P<city>(?:{_NO_STREET}[^\d|省市区县]){{2,8}}(?:市|自治州|地区|盟)(?!场))?"
    rf"(?P<district>{_DISTRICT})?"
    rf"(?P<town>(?:(?![路巷村])[^\d|]){{1,6}}?(?:{_TOWN}))?"
    r"(?P<community>(?:(?![路巷])[^\d|]){1,8}?(?:社区居民委员会|社区居委会|社区|居委会))?"
)
_VILLAGE = re.compile(
    r"(?P<village>[^\d|]{1,6}?(?<![新一二三四五六七八九十\d])村)(?:民委员会|委会)?(?=.|$)"
)
_ROAD = re.compile(
    r"(?P<road>[^|]{1,8}?(?:大道|大街|(?<![铁公])路|公路|街|巷|胡同|国道|(?<![街国])道)(?:[东西南北中一二三四五六\d]段)?)"
    r"(?!小区|社区|新村|新苑|花园|家属院|宿舍|家园|街道|[东西南北]里)"
)
_NAMED_GROUP = re.compile(r"^(?P<group>[^\d|]{1,4}?)(?:村民小组|小组|组)$")


class Name(NamedTuple):
    """One name, cut: administrative parts, then what remains, read as village and as road."""

    admin: tuple[tuple[str, str], ...]
    rest: str
    group: str | None
    village: str | None
    after_village: str
    road: str | None
    after_road: str


@lru_cache(maxsize=200_000)
def cut_name(name: str) -> Name:
    """Cut a name; the same streets and compounds come again in every building, so answers are kept."""
    prefix = _ADMIN.match(name)
    places = (
        ()
        if prefix is None
        else tuple((part, value) for part, value in prefix.groupdict().items() if value)
    )
    rest = name if prefix is None else name[prefix.end() :]
    group, village, road = _NAMED_GROUP.match(rest), _VILLAGE.match(rest), _ROAD.match(rest)
    return Name(
        admin=places,
        rest=rest,
        group=group["group"] if group else None,
        village=village["village"] if village else None,
        after_village=rest[village.end() :] if village else rest,
        road=road["road"] if road else None,
        after_road=rest[road.end() :] if road else rest,
    )
