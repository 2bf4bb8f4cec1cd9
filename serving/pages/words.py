"""Strings of the pages in each language they speak; every page asks for one language's."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import yaml

DEFAULT = "zh"


@dataclass(frozen=True, kw_only=True)
class Words:
    """One language. ``code`` is its HTML language tag."""

    language: str
    code: str
    strings: Mapping[str, str]

    def __call__(self, key: str, **values: object) -> str:
        """Return a string with ``values`` filled in.

        Raises:
            KeyError: there is no such string.
        """
        return self.strings[key].format(**values) if values else self.strings[key]

    def named(self, kind: str, code: str) -> str:
        """Return what a code of ``kind`` is called; the code itself where a deployment made it up."""
        return self.strings.get(f"{kind}.{code}", code)


@cache
def _file() -> dict[str, dict[str, dict[str, str] | str]]:
    text = (files("serving.pages") / "words.yaml").read_text(encoding="utf-8")
    parsed: dict[str, dict[str, dict[str, str] | str]] = yaml.safe_load(text)
    return parsed


def languages() -> Mapping[str, str]:
    """Return the languages' own names by language."""
    return {language: str(name) for language, name in _file()["languages"].items()}


@cache
def words_of(language: str) -> Words:
    """Return the strings of ``language``, or of the default one if it is not spoken."""
    spoken = language if language in languages() else DEFAULT
    strings = {
        key: forms[spoken] for key, forms in _file()["words"].items() if isinstance(forms, dict)
    }
    return Words(language=spoken, code={"zh": "zh-CN"}.get(spoken, spoken), strings=strings)
