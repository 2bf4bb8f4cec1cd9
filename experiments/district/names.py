"""Made-up names in the proportions of real ones: surname, then one or two characters.

Surnames follow the order and about the shares of the national report on names (公安部, 2020 and
2021: 王 and 李 about 7 % each, the first five about 31 %), rounded. A few people bear characters
that only GB18030 and Unicode hold.
"""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from experiments.district.months import Flags, Ints

_PER_MILLE = (
    "王72 李71 张67 刘54 陈47 杨31 黄23 吴21 赵20 周20 徐17 孙16 马13 朱13 胡12 林12 郭11 何11 高10"
    " 罗9 郑9 梁9 谢8 宋8 唐8 许7 邓6 冯6 韩6 曹6 曾6 彭6 萧5 蔡5 潘5 田5 董5 袁5 于5 余4 叶4 蒋4"
    " 杜4 苏4 魏4 程4 吕4 丁4 沈4 任4 姚4 卢4 傅3 钟3 姜3 崔3 谭3 廖3 范3 汪3 陆3 金3 石3 戴3 贾3"
    " 韦3 夏3 邱3 方3 侯3 邹3 熊3 孟2 秦2 白2 江2 阎2 薛2 尹2 段2 雷2 黎2 史2 龙2 陶2 贺2 顾2 毛2"
    " 郝2 龚2 邵2 万2 钱2 严2 赖2 覃2 洪2 武2 莫2 孔2 欧阳1 上官1 诸葛1"
    " 牛2 葛2 温2 章2 尤2 鲁2 柳2 翟2 柏1 殷2 申2 游2 庞2 齐2 梅2 詹2 路2 俞2 祝2 童2 麦1 辛2 关2"
    " 焦2 柴2 宫1 欧2 房1 凌2 聂2 岳2 安2 左2 涂2 祁2 兰2 骆2 舒2 纪2 卜1 屈2 项2 毕2 裴2 霍2 翁2 谷2"
    " 成2 包2 苗2 鲍2 盛2 司2 戚1 倪3 韶1 莘1 时2 华2 宣1 昌1 费1 谈1 蒲1 邬1 郁1 浦1 管2 芮1 滕1 冷1"
    " 车1 桑1 单1 钮1 储1 承1 瞿1 惠1 糜1"
)
_MALE = "伟强磊军洋勇杰涛明超刚平辉鹏华飞鑫波斌宇浩凯健俊帆帅旭宁龙林建国志文海永德荣金生宝祥福根"
_FEMALE = "芳娜敏静秀娟英慧巧美婷玲玉萍红月彩兰凤洁梅琳雪霞香莹艳燕倩丽云莲真环荣爱妹琴素琼桂花珍"
_MODERN = "子梓轩涵宸泽睿雨欣怡诗佳思嘉晨奕一可心语然沐辰昊雯萱琪瑶依诺彤瑾"
_RARE = "𠮷㛃䶮㮾䣭𠅤"
RARE_SHARE = 0.0015
"""People with a character outside GBK: rounded from "about one in a thousand", plausible."""
ONE_CHARACTER = 0.15
"""Names of surname and one character; about 6 % to 30 % by decade of birth, rounded."""

_PAIRS = [
    (part.rstrip("0123456789"), int("".join(c for c in part if c.isdigit())))
    for part in _PER_MILLE.split()
]
SURNAMES = tuple(surname for surname, _ in _PAIRS)
_WEIGHTS = np.array([weight for _, weight in _PAIRS], np.float64)
_GIVEN = tuple(_MALE + _FEMALE + _MODERN + _RARE)
_START = np.cumsum([0, len(_MALE), len(_FEMALE), len(_MODERN)])
MODERN_FROM_DAY = 365 * 35
"""Children born from about 2005 on bear other names than their parents (days from 1970)."""


def draw_surnames(rng: np.random.Generator, count: int) -> Ints:
    """Return positions in ``SURNAMES``, in their real proportions."""
    return rng.choice(len(SURNAMES), count, p=_WEIGHTS / _WEIGHTS.sum()).astype(np.int64)


def full_names(rng: np.random.Generator, surname: Ints, female: Flags, birth: Ints) -> pa.Array:
    """Return one name per person; ``birth`` in days from 1970-01-01."""
    count = len(surname)
    modern = (birth > MODERN_FROM_DAY) & (rng.random(count) < 0.7)
    pool = np.where(modern, 2, female.astype(np.int64))
    size = np.array([len(_MALE), len(_FEMALE), len(_MODERN)])[pool]
    first = _START[pool] + (rng.random(count) * size).astype(np.int64)
    second = _START[pool] + (rng.random(count) * size).astype(np.int64)
    rare = _START[3] + rng.integers(0, len(_RARE), count)
    second = np.where(rng.random(count) < RARE_SHARE, rare, second)
    given = pa.array(_GIVEN)
    single = rng.random(count) < ONE_CHARACTER
    family = pc.take(pa.array(SURNAMES), pa.array(surname))
    before = pc.if_else(pa.array(single), "", pc.take(given, pa.array(first)))
    return pc.binary_join_element_wise(family, before, pc.take(given, pa.array(second)), "")


def misspelt(names: pa.Array, rows: Ints) -> pa.Array:
    """Return the names with another last character; the same row gives the same slip."""
    slip = pc.take(pa.array(_GIVEN), pa.array((rows * 7 + 3) % (len(_GIVEN) - len(_RARE))))
    return pc.binary_join_element_wise(pc.utf8_slice_codeunits(names, 0, -1), slip, "")
