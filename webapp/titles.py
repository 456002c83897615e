"""Titles before a name: Mr, Frau Dr., Madame, which no ticket has."""

from __future__ import annotations

import re

from webapp.spelling import plain

# As tickets spell them. Words that people are named by, such as Don, Sir, Lady or Sri, and letters
# that may be initials are left out.
_TITLES = {
    "MISTER", "MISS", "MS", "MX", "MSTR", "DOCTOR", "PROFESSOR", "REV", "REVEREND",
    "HERR", "HERRN", "FRAU", "FRAEULEIN", "DIPL", "MAGISTER",
    "MONSIEUR", "MADAME", "MADEMOISELLE", "MME", "MLLE", "DOCTEUR", "PROFESSEUR",
    "SENOR", "SENORA", "SENORITA", "SR", "SRA", "SRTA", "DRA", "DOCTORA", "PROFESOR", "PROFESORA",
    "SENHOR", "SENHORA", "DOUTOR", "DOUTORA",
    "SIGNOR", "SIGNORE", "SIGNORA", "SIGNORINA", "DOTT", "DOTTOR", "DOTTORE", "DOTTORESSA",
    "MEVROUW", "MENEER", "MEVR", "DHR", "SMT",
}  # fmt: skip
# Nobody is called so, even where nothing else is written.
_NO_NAMES = {"MR", "MRS", "DR", "PROF"}
_FIRST_WORD = re.compile(r"([^\s.]+)[\s.]*")


def without_titles(name: str) -> str:
    """Return a name without the titles that it begins with.

    One that may be all of a name is none: somebody may be called Herr, and writes Herr-Karl where
    it is the first of two names.
    """
    while first := _FIRST_WORD.match(name):
        word, rest = plain(first[1]), name[first.end() :]
        if word not in _NO_NAMES and not (rest and word in _TITLES):
            break
        name = rest
    return name
