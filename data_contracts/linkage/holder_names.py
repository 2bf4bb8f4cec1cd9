"""Names of account holders as billing clerks keep them: titles, remarks, firms.

A firm, a village committee or a management company is no person: its name says nothing about who lives at the
dwelling, so it is unknown here, never a disagreement.
"""

import re
import unicodedata

_REMARK = re.compile(r"[(\[（【].*?(?:[)\]）】]|$)|先生|女士|小姐|老师|本人|户$|家$")
_NOT_A_SIGN = re.compile(r"[\s·.,，、/\\\-_*#\d]+")
_FIRM = re.compile(
    r"公司|集团|物业|管理|中心|委员会|居委|村委|街道|政府|学校|医院|工厂|商店|超市|经营部|合作社|事务所"
    r"|[局厂店院所馆站社部]$"
)
_NO_NAME = frozenset(
    {"不详", "未知", "无", "空", "空置", "待定", "房东", "租户", "租客", "业主", "用户", "测试"}
)
_DOUBLE_SURNAMES = frozenset(
    [
        "欧阳",
        "上官",
        "司马",
        "诸葛",
        "东方",
        "皇甫",
        "尉迟",
        "公孙",
        "令狐",
        "慕容",
        "司徒",
        "夏侯",
        "端木",
        "独孤",
        "南宫",
        "长孙",
        "宇文",
        "轩辕",
        "闻人",
        "申屠",
    ]
)


def person_name(text: str | None) -> str | None:
    """Return the name of a person in one way of writing; None for a firm, a placeholder or nothing."""
    if not text:
        return None
    folded = unicodedata.normalize("NFKC", text)
    if _FIRM.search(folded) and len(folded) > 3:
        return None
    name = _NOT_A_SIGN.sub("", _REMARK.sub("", folded))
    return name if len(name) >= 2 and name not in _NO_NAME else None


def surname(name: str) -> str:
    """Return the family name: two signs where it is a known double one, else the first."""
    return name[:2] if name[:2] in _DOUBLE_SURNAMES else name[:1]


def one_sign_open(name: str) -> list[str]:
    """Return a name of three signs or more with each sign left open in turn; none for a shorter name.

    Two names share a pattern if and only if they are equally long and differ in at most one sign.
    """
    if len(name) < 3:
        return []
    return [f"{name[:at]}?{name[at + 1 :]}" for at in range(len(name))]
