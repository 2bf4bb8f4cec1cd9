"""JSON values, and the one way they are written wherever content is hashed, compared or kept."""

import json

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]


def canonical_json(content: Json) -> bytes:
    """Return the one way ``content`` is written: UTF-8, keys sorted, two spaces, final newline."""
    return (json.dumps(content, ensure_ascii=False, sort_keys=True, indent=2) + "\n").encode()


def canonical_line(content: Json) -> str:
    """Return the one way ``content`` is written on a single line: for chains and files of lines."""
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
