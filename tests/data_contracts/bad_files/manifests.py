"""Manifests that promise something else, nothing, or more than can be."""

import json

from tests.data_contracts.bad_files.case import (
    RECEIVED,
    Case,
    LeftAlone,
    Loaded,
    Refused,
    as_csv,
    bills,
)


def _case(name: str, must: Refused | LeftAlone | Loaded, **manifest: object) -> Case:
    return Case(name, as_csv(bills(name)).encode(), must, manifest=manifest)


def _raw(name: str, raw: bytes, because: str) -> Case:
    return Case(name, as_csv(bills(name)).encode(), LeftAlone(because), raw_manifest=raw)


_TOLD = {"feed": "utility_bills", "received_at": RECEIVED.isoformat(), "rows": 12, "format": "csv"}
CASES = [
    _case("manifest-without-feed", LeftAlone("for feed None"), feed=None),
    _case("manifest-of-another-feed", LeftAlone("for feed 'benefits'"), feed="benefits"),
    _case("manifest-feed-of-a-megabyte", LeftAlone("for feed '"), feed="x" * 50_000),
    _case("manifest-without-time", LeftAlone("received_at = None"), received_at=None),
    _case(
        "manifest-time-with-zone",
        LeftAlone("without a zone"),
        received_at="2024-08-05T02:10:00+08:00",
    ),
    _case(
        "manifest-time-in-universal-time",
        LeftAlone("without a zone"),
        received_at="2024-08-05T02:10:00Z",
    ),
    _case("manifest-time-is-no-time", LeftAlone("expected local time"), received_at="8月5日"),
    _case(
        "manifest-time-february-30",
        LeftAlone("expected local time"),
        received_at="2024-02-30T00:00:00",
    ),
    _case(
        "manifest-time-is-a-number", LeftAlone("received_at = 1722823800"), received_at=1722823800
    ),
    _case("manifest-without-hash", LeftAlone("sha256 = None"), sha256=None),
    _case(
        "manifest-hash-of-another-file",
        Refused("the transfer was cut short or the file was changed"),
        sha256="0" * 64,
    ),
    _case("manifest-hash-cut", LeftAlone("64 hexadecimal digits"), sha256="0" * 63),
    _case(
        "manifest-hash-with-line-break",
        LeftAlone("64 hexadecimal digits"),
        sha256="\naccepted" + "0" * 55,
    ),
    _case("manifest-without-rows", LeftAlone("rows = None"), rows=None),
    _case("manifest-rows-more", Refused("its manifest promises 13"), rows=13),
    _case("manifest-rows-fewer", Refused("its manifest promises 11"), rows=11),
    _case("manifest-rows-zero", Refused("its manifest promises 0"), rows=0),
    _case("manifest-rows-negative", LeftAlone("rows = -12"), rows=-12),
    _case("manifest-rows-as-text", LeftAlone("rows = '12'"), rows="12"),
    _case("manifest-rows-as-float", LeftAlone("rows = 12.0"), rows=12.0),
    _case("manifest-rows-as-truth", LeftAlone("rows = True"), rows=True),
    _case("manifest-rows-twenty-digits", LeftAlone("rows = 100000000000000000000"), rows=10**20),
    _case("manifest-rows-eleven-million", Refused("send it in parts"), rows=11_000_000),
    _case("manifest-without-format", LeftAlone("format = None"), format=None),
    _case(
        "manifest-format-unknown",
        LeftAlone("expected one of csv, xlsx, parquet, jsonl"),
        format="xml",
    ),
    _case("manifest-format-of-another-file", LeftAlone("but the file is called"), format="parquet"),
    _case(
        "manifest-encoding-unknown",
        Refused("expected utf-8, utf-8-sig, gbk or gb18030"),
        encoding="rot13",
    ),
    _case(
        "manifest-encoding-of-a-kilobyte",
        Refused("expected utf-8, utf-8-sig, gbk or gb18030"),
        encoding="x" * 1000,
    ),
    _case("manifest-encoding-is-a-number", LeftAlone("encoding = 8"), encoding=8),
    _case("manifest-field-added", Loaded(), share_request_no="zq"),
    _raw("manifest-empty", b"", "not JSON"),
    _raw("manifest-cut", json.dumps(_TOLD).encode()[:-10], "not JSON"),
    _raw("manifest-is-a-list", b"[]", "not a JSON object"),
    _raw("manifest-is-noise", bytes(range(128, 256)), "not JSON"),
    _raw("manifest-of-a-megabyte", b" " * 1_000_000 + b"{}", "larger than"),
    _raw("manifest-a-hundred-thousand-brackets", b"[" * 60_000, "not JSON"),
    _raw("manifest-in-chinese-gbk", '{"feed": "水电"}'.encode("gbk"), "not JSON"),
]
