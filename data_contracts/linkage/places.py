"""What a compound or road is called: the standard names, and what else accounts call them.

A name in an account's text is taken for a standard name when it is one, contains one, is one sign away from
exactly one, or has been *learned*: accounts under that name agree with enough dwellings of one compound in
holder, building and room. That is how the old name of a compound that was renamed or merged becomes known without
anybody keeping a list. Names that stay unknown are left as they are.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from data_contracts.linkage.numerals import fold_numerals

SHORTEST_CONTAINED = 3
"""A standard name of fewer signs found inside a longer text is more likely chance."""
FEWEST_VOTES = 3
"""Dwellings that must agree before an alias is believed; the four accounts of one household count once."""
SMALLEST_MAJORITY = 0.9
"""Share of an alias's votes that must point at one compound: a name two compounds once had stands for neither."""


class Places:
    """Names of one kind (compounds, or roads) in one deployment."""

    def __init__(self, standard: Iterable[str]) -> None:
        """Take the standard names; folded numerals make 二期 and 2期 one name."""
        self._standard = {fold_numerals(name) for name in standard}
        self._aliases: dict[str, str] = {}
        self._near: dict[str, set[str]] = defaultdict(set)
        self._answers: dict[str, str] = {}
        for name in self._standard:
            self._remember(name)

    def learn(self, votes: Mapping[str, Mapping[str, int]]) -> None:
        """Believe an alias where enough votes point at one standard name.

        Args:
            votes: per unknown name the number of dwellings that speak for each standard name.
        """
        for alias, counts in votes.items():
            best = max(sorted(counts), key=counts.__getitem__)
            enough = counts[best] >= FEWEST_VOTES
            if enough and counts[best] >= SMALLEST_MAJORITY * sum(counts.values()):
                self._aliases[alias] = best
                self._remember(alias)
        self._answers.clear()

    def _remember(self, name: str) -> None:
        for variant in _one_sign_less(name):
            self._near[variant].add(name)

    @property
    def aliases(self) -> Mapping[str, str]:
        """Names learned, with the standard name each stands for."""
        return self._aliases

    def knows(self, name: str) -> bool:
        """Whether a name as returned by :meth:`canonical` is a standard one."""
        return name in self._standard

    def is_guess(self, name: str) -> bool:
        """Whether a standard name was told by its likeness or learned, not read in the text itself."""
        standard = self.canonical(name)
        return self.knows(standard) and standard not in fold_numerals(name)

    def canonical(self, name: str) -> str:
        """Return the standard name for a name, or the folded name where none can be told."""
        if name not in self._answers:
            self._answers[name] = self._find(fold_numerals(name))
        return self._answers[name]

    def _find(self, name: str) -> str:
        if name in self._standard:
            return name
        if name in self._aliases:
            return self._aliases[name]
        return self._contained(name) or self._one_sign_away(name) or name

    def _contained(self, name: str) -> str | None:
        for length in range(len(name) - 1, SHORTEST_CONTAINED - 1, -1):
            for start in range(len(name) - length, -1, -1):
                piece = name[start : start + length]
                if piece in self._standard:
                    return piece
                if piece in self._aliases:
                    return self._aliases[piece]
        return None

    def _one_sign_away(self, name: str) -> str | None:
        if len(name) < SHORTEST_CONTAINED:
            return None
        near = {
            self._aliases.get(known, known)
            for variant in (name, *_one_sign_less(name))
            for known in (*self._near.get(variant, ()), variant)
            if (known in self._standard or known in self._aliases)
            and _differ_by_one_sign(known, name)
        }
        return near.pop() if len(near) == 1 else None


def _one_sign_less(name: str) -> list[str]:
    return [name[:at] + name[at + 1 :] for at in range(len(name))]


def _differ_by_one_sign(one: str, other: str) -> bool:
    """Whether one sign was replaced, added or left out; two swapped neighbours count as well."""
    if len(one) == len(other):
        at = [place for place in range(len(one)) if one[place] != other[place]]
        swapped = (
            len(at) == 2
            and at[1] == at[0] + 1
            and one[at[0]] == other[at[1]]
            and one[at[1]] == other[at[0]]
        )
        return len(at) == 1 or swapped
    shorter, longer = sorted((one, other), key=len)
    return len(longer) == len(shorter) + 1 and shorter in _one_sign_less(longer)
