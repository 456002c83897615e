"""Names as tickets spell them: in capital letters from A to Z."""

from __future__ import annotations

import re
import unicodedata

# ICAO Doc 9303, part 3, section 6: letters that are more than a plain one with a mark.
_LATIN = {
    "Ä": "AE", "Å": "AA", "Æ": "AE", "Đ": "D", "Ð": "D", "Ħ": "H", "ı": "I", "Ł": "L",
    "Ŀ": "L", "Ŋ": "N", "Ö": "OE", "Ø": "OE", "Œ": "OE", "Ŧ": "T", "Þ": "TH", "Ü": "UE",
    "ẞ": "SS", "Ə": "E", "Ɓ": "B", "Ɗ": "D", "Ɛ": "E", "Ɣ": "G", "Ƙ": "K", "Ɔ": "O", "Ɩ": "I",
    "Ʋ": "V", "Ƴ": "Y", "Ɲ": "N",
}  # fmt: skip
_CYRILLIC = {
    "А": "A", "Б": "B", "В": "V", "Г": "G", "Ґ": "G", "Д": "D", "Ђ": "D", "Е": "E", "Ё": "E",
    "Є": "IE", "Ж": "ZH", "З": "Z", "И": "I", "І": "I", "Ї": "I", "Й": "I", "К": "K", "Л": "L",
    "М": "M", "Н": "N", "О": "O", "П": "P", "Р": "R", "С": "S", "Т": "T", "У": "U", "Ў": "U",
    "Ф": "F", "Х": "KH", "Ц": "TS", "Ч": "CH", "Ш": "SH", "Щ": "SHCH", "Ъ": "IE", "Ы": "Y",
    "Ь": "", "Э": "E", "Ю": "IU", "Я": "IA", "Ј": "J", "Љ": "LJ", "Њ": "NJ", "Ћ": "C",
    "Џ": "DZ", "Ѕ": "DZ", "Ә": "A", "Ғ": "G", "Җ": "ZH", "Қ": "K", "Ң": "N", "Ө": "O", "Ұ": "U",
    "Ү": "U", "Һ": "H", "Ҳ": "H", "Ҷ": "J",
}  # fmt: skip
_GREEK = {
    "Α": "A", "Β": "V", "Γ": "G", "Δ": "D", "Ε": "E", "Ζ": "Z", "Η": "I", "Θ": "TH", "Ι": "I",
    "Κ": "K", "Λ": "L", "Μ": "M", "Ν": "N", "Ξ": "X", "Ο": "O", "Π": "P", "Ρ": "R", "Σ": "S",
    "Τ": "T", "Υ": "Y", "Φ": "F", "Χ": "CH", "Ψ": "PS", "Ω": "O",
}  # fmt: skip
_KNOWN = _LATIN | _CYRILLIC | _GREEK
_KNOWN_SCRIPTS = {"LATIN", "CYRILLIC", "GREEK"}
# What stands before many a family name and is often left out: von Müller says Müller.
_PARTICLES = {
    "VON", "VOM", "ZU", "ZUR", "ZUM", "DER", "DEN", "DEM", "DES", "VAN", "TEN", "TER", "TE", "AF",
    "DE", "DU", "LA", "LE", "LES", "DI", "DA", "DAL", "DEL", "DELLA", "DO", "DOS", "DAS", "E", "Y",
    "EL", "AL", "BIN", "BINT", "IBN",
}  # fmt: skip
# What tickets make of ä, å, æ, ö, ø and ü, of which others write the first letter alone.
_SPELT_WITH_TWO = re.compile("(A(?=[AE])|[OU](?=E)).")


def plain(name: str) -> str:
    """Return a name in the letters A to Z alone; a letter of no known script becomes an X."""
    return "".join("X" if letters is None else letters for letters in _spellings(name))


def on_ticket(family_name: str, given_name: str) -> str:
    """Return a name as a ticket has it: MEIER/ALICE."""
    return f"{plain(family_name)}/{plain(given_name)}"


def on_file(family_name: str, given_name: str) -> str:
    """Return a name as a register has it, where von der Heide stands under H: HEIDE/ALICE.

    Müller, Mueller and Muller stand in one place, since who hears a name cannot spell it.
    """
    words = family_name.split()
    while len(words) > 1 and plain(words[0]) in _PARTICLES:
        del words[0]
    return _SPELT_WITH_TWO.sub(r"\1", on_ticket("".join(words), given_name))


def has_spelling(name: str) -> bool:
    """Tell whether a ticket can spell a name: every letter of it, and at least one."""
    spellings = _spellings(name)
    return None not in spellings and any(spellings)


def is_of_known_script(name: str) -> bool:
    """Tell whether every letter has a spelling from A to Z, and a shape in a PDF's font."""
    scripts = {unicodedata.name(each, "").split(" ")[0] for each in name if each.isalpha()}
    return scripts <= _KNOWN_SCRIPTS


def _spellings(name: str) -> list[str | None]:
    letters = unicodedata.normalize("NFC", name).upper()
    for diphthong in ("ΟΥ", "ΟΎ"):  # Greek writes one vowel with two letters.
        letters = letters.replace(diphthong, "OU")
    return [_spelling(letter) for letter in letters]


def _spelling(letter: str) -> str | None:
    """Return a letter as tickets spell it: nothing for a mark, None where they cannot."""
    if letter in _KNOWN:
        return _KNOWN[letter]
    if "A" <= letter <= "Z":
        return letter
    base = unicodedata.normalize("NFKD", letter).upper()
    if base != letter:
        found = [_spelling(each) for each in base]
        return None if None in found else "".join(each or "" for each in found)
    # Letters that only modify another, such as an apostrophe of some spellings, are none here.
    return None if letter.isalpha() and unicodedata.category(letter) != "Lm" else ""
