"""Matching: a half-typed text against names, with accents and one slip of the finger forgiven."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

# Letters that Unicode does not take apart into a plain one and its mark.
_PLAIN_LETTERS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ß": "ss", "æ": "ae", "œ": "oe", "’": "'"}
)
# In shorter texts a slip would mean anything.
_SHORTEST_WITH_A_SLIP = 4
# Ranks: a code or all of a city's name, and the last of those that are the beginning of one.
WHOLE, LAST_BY_LABEL = 0, 3


def plain_words(text: str) -> str:
    """Return text as it is compared: small letters without accents, digits, single spaces."""
    decomposed = unicodedata.normalize("NFKD", text.lower().translate(_PLAIN_LETTERS))
    return " ".join(re.findall(r"[a-z0-9]+", decomposed.encode("ascii", "ignore").decode()))


@dataclass(frozen=True, slots=True)
class Names:
    """The names of a place as they are compared: its code, its labels, every word about it.

    The first label is what we call it, the others are what it is called elsewhere.
    """

    code: str
    labels: tuple[str, ...]
    words: tuple[str, ...]
    is_city: bool

    def rank(self, typed: str) -> int | None:
        """Return how well a plain text matches, 0 the best, None where it does not."""
        if typed == self.code or typed in self.labels:
            return WHOLE
        if self.labels[0].startswith(typed):
            return 1 if self.is_city else 2
        # What it is called elsewhere comes after: Madr is Madrid rather than Madras.
        if any(label.startswith(typed) for label in self.labels):
            return LAST_BY_LABEL
        if self.code.startswith(typed):
            return 4
        if all(self._has(word) for word in typed.split()):
            return 5
        # Some write in two words what others write in one: La Guardia, LaGuardia.
        return 6 if self._has(typed.replace(" ", "")) else None

    def is_meant_by(self, typed: str) -> bool:
        """Tell whether a plain text has whole words of it alone: Heathrow, London Heathrow."""
        return typed in self.labels or {*typed.split()} <= {*self.words}

    def is_named_whole_in(self, typed: str) -> bool:
        """Tell whether a plain text has every word of one of its names, beside whatever else."""
        return any({*label.split()} <= {*typed.split()} for label in self.labels)

    def rank_with_a_slip(self, typed: str) -> int | None:
        """Return how well a plain text with one slip in it matches, None where it does not."""
        if len(typed) < _SHORTEST_WITH_A_SLIP:
            return None
        if any(is_prefix_with_a_slip(typed, label) for label in self.labels):
            return 0 if self.is_city else 1
        # One word may have a slip; the others are as they should be.
        others = [word for word in typed.split() if not self._has(word)]
        if len(others) != 1 or len(others[0]) < _SHORTEST_WITH_A_SLIP:
            return None
        # Three letters with a slip in them are any code.
        names = (word for word in self.words if word != self.code)
        is_near = any(is_prefix_with_a_slip(others[0], word) for word in names)
        return 2 if is_near else None

    def _has(self, typed: str) -> bool:
        return any(word.startswith(typed) for word in self.words)


def is_prefix_with_a_slip(typed: str, word: str) -> bool:
    """Tell whether a word begins with a text, but for one letter too many, missing, wrong, or two
    that changed places.
    """
    at = 0
    for letter, wanted in zip(typed, word, strict=False):
        if letter != wanted:
            break
        at += 1
    if at == len(typed):
        return True
    rest = typed[at + 1 :]
    return (
        (
            word.startswith(rest, at + 1)  # A wrong letter, if there is one to be wrong.
            and at < len(word)
        )
        or word.startswith(rest, at)
        or word.startswith(typed[at:], at + 1)
        or (
            typed[at : at + 2] == word[at : at + 2][::-1]
            and word.startswith(typed[at + 2 :], at + 2)
        )
    )
