"""Whole files in an encoding that is rare, not the promised one, or none."""

from tests.data_contracts.bad_files.case import (
    BAD,
    Case,
    Loaded,
    Quarantined,
    Refused,
    as_csv,
    changed,
    grids,
)

_RARE = "𠮷㛃䶮镕"
_READ = Loaded({"grid_name": _RARE})


def _case(
    name: str,
    content: bytes,
    must: Refused | Loaded | Quarantined,
    *,
    told: str | None = None,
) -> Case:
    manifest = {"encoding": told}
    return Case(name, content, must, feed="grid_tree", manifest=manifest, secret=("网格", _RARE))


def _rare(name: str) -> str:
    return as_csv(changed(grids(name), "grid_name", _RARE))


def _plain(name: str) -> str:
    return as_csv(grids(name))


def _joined(name: str, first: str, second: str, *, at: int = 7) -> bytes:
    lines = _even(name).splitlines(keepends=True)
    return "".join(lines[:at]).encode(first) + "".join(lines[at:]).encode(second)


def _even(name: str) -> str:
    """Return rows whose Chinese is of an even number of UTF-8 bytes, so GB18030 reads it as other Chinese."""
    text = {"grid_name": "网格", "community_name": "东区", "street_name": "东街"}
    return as_csv([{**row, **text} for row in grids(name)])


def _put(name: str, put: bytes) -> bytes:
    """Put bytes into the grid name of the bad row of a UTF-8 file."""
    return changed_bytes(_plain(name).encode(), f"第{BAD}网格".encode(), put)


def changed_bytes(content: bytes, old: bytes, new: bytes) -> bytes:
    """Replace exactly one occurrence."""
    assert content.count(old) == 1
    return content.replace(old, new)


CASES = [
    _case("encoding-utf-8", _rare("encoding-utf-8").encode(), _READ),
    _case("encoding-utf-8-told", _rare("encoding-utf-8-told").encode(), _READ, told="utf-8"),
    _case("encoding-utf-8-mark", _rare("encoding-utf-8-mark").encode("utf-8-sig"), _READ),
    _case(
        "encoding-utf-8-mark-told",
        _rare("encoding-utf-8-mark-told").encode("utf-8-sig"),
        _READ,
        told="UTF-8",
    ),
    _case("encoding-gb18030", _rare("encoding-gb18030").encode("gb18030"), _READ),
    _case(
        "encoding-gb18030-told",
        _rare("encoding-gb18030-told").encode("gb18030"),
        _READ,
        told="gb18030",
    ),
    _case(
        "encoding-gb18030-told-gbk",
        _rare("encoding-gb18030-told-gbk").encode("gb18030"),
        _READ,
        told="gbk",
    ),
    _case(
        "encoding-gb18030-mark",
        ("\ufeff" + _rare("encoding-gb18030-mark")).encode("gb18030"),
        _READ,
        told="gb18030",
    ),
    _case(
        "encoding-gbk", _plain("encoding-gbk").encode("gbk"), Loaded({"grid_name": f"第{BAD}网格"})
    ),
    _case(
        "encoding-gb2312-told",
        _plain("encoding-gb2312-told").encode("gb2312"),
        Loaded(),
        told="GB2312",
    ),
    _case(
        "encoding-gbk-called-utf-8",
        _plain("encoding-gbk-called-utf-8").encode("gbk"),
        Refused("line 2 is not utf-8"),
        told="utf-8",
    ),
    _case(
        "encoding-utf-8-called-gbk",
        _even("encoding-utf-8-called-gbk").encode(),
        Refused("read as well in UTF-8"),
        told="gbk",
    ),
    _case("encoding-utf-16-le", _plain("encoding-utf-16-le").encode("utf-16"), Refused("UTF-16")),
    _case(
        "encoding-utf-16-be",
        b"\xfe\xff" + _plain("encoding-utf-16-be").encode("utf-16-be"),
        Refused("UTF-16"),
    ),
    _case(
        "encoding-utf-16-without-mark",
        _plain("encoding-utf-16-without-mark").encode("utf-16-le"),
        Refused("UTF-16"),
    ),
    _case("encoding-utf-32", _plain("encoding-utf-32").encode("utf-32"), Refused("UTF-16")),
    _case(
        "encoding-big5",
        _plain("encoding-big5")
        .replace("网", "網")
        .replace("东", "東")
        .replace("区", "區")
        .encode("big5"),
        Refused("big5"),
        told="big5",
    ),
    _case("encoding-latin-1-told", b"a,b\n1,2\n", Refused("latin-1"), told="latin-1"),
    _case(
        "encoding-joined-utf-8-and-gbk",
        _joined("encoding-joined-utf-8-and-gbk", "utf-8", "gbk"),
        Refused("files of two encodings were joined"),
    ),
    _case(
        "encoding-joined-gbk-and-utf-8",
        _joined("encoding-joined-gbk-and-utf-8", "gbk", "utf-8"),
        Refused("files of two encodings were joined"),
    ),
    _case(
        "encoding-joined-told-utf-8",
        _joined("encoding-joined-told-utf-8", "utf-8", "gbk"),
        Refused("line 8 is not utf-8"),
        told="utf-8",
    ),
    _case(
        "encoding-lone-surrogate",
        _put("encoding-lone-surrogate", b"\xed\xa0\x80"),
        Refused("not utf-8"),
        told="utf-8",
    ),
    _case(
        "encoding-overlong",
        _put("encoding-overlong", b"\xc0\xaf"),
        Refused("line 6 is not utf-8"),
        told="utf-8",
    ),
    _case(
        "encoding-half-a-character",
        _put("encoding-half-a-character", b"\xe7\xac"),
        Refused("line 6 is not utf-8"),
        told="utf-8",
    ),
    _case(
        "encoding-beyond-unicode",
        _put("encoding-beyond-unicode", b"\xf4\x90\x80\x80"),
        Refused("line 6 is not utf-8"),
        told="utf-8",
    ),
    _case(
        "encoding-character-already-lost",
        _put("encoding-character-already-lost", b"\xef\xbf\xbd\xef\xbf\xbd"),
        Quarantined("grid_name_is_string"),
    ),
    _case(
        "encoding-cut-in-a-character",
        _plain("encoding-cut-in-a-character").encode()[:-80],
        Refused(""),
    ),
    _case(
        "encoding-two-readings",
        as_csv(
            [
                {**row, "grid_name": "一些", "community_name": "a", "street_name": "b"}
                for row in grids("encoding-two-readings")
            ]
        ).encode("gbk"),
        Refused("read as well in GBK"),
    ),
    _case(
        "encoding-mark-twice",
        b"\xef\xbb\xbf" + _plain("encoding-mark-twice").encode("utf-8-sig"),
        Refused("grid_version_id is missing"),
    ),
]
