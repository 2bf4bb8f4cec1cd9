"""The one catalogue of the card's sentences, in Chinese and English."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Literal, get_args

import yaml

Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
CATALOGUE = Path(__file__).with_name("words.yaml")

IN_THE_BARS = "why."
"""Keys whose English stands in the file of bars, beside the figure it explains."""


class WordMissing(KeyError):
    """The catalogue lacks a sentence, or a language of it."""


class Words:
    """The sentences of one language."""

    def __init__(self, language: Language) -> None:
        self.language = language
        self._texts = _catalogue()

    def __call__(self, key: str, **filled: object) -> str:
        """Return a sentence with its blanks filled in.

        Raises:
            WordMissing: no such sentence in this language.
        """
        try:
            return self._texts[key][self.language].format(**filled)
        except KeyError as error:
            raise WordMissing(f"{CATALOGUE.name} has no {key!r} in {self.language}") from error

    def or_name(self, prefix: str, name: str) -> str:
        """Return the word for a name, or the name itself where it is somebody's own."""
        key = f"{prefix}.{name}"
        return self(key) if key in self._texts else name


@cache
def _catalogue() -> Mapping[str, Mapping[str, str]]:
    found: Mapping[str, Mapping[str, str]] = yaml.safe_load(CATALOGUE.read_text("utf-8"))
    return found
