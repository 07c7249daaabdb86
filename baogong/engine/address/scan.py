"""Cuts plain text into numbers with their words, runs of letters, and what stands between; one pass, each sign once."""

from __future__ import annotations

import re
from dataclasses import dataclass

from baogong.engine.address.signs import is_unsure, number
from baogong.engine.address.words import JOINER, SUFFIX_WORDS, TOKEN, TYPO_WORDS, Word

LONG_MIN = 7
"""A number of so many digits is no number of a door."""


@dataclass(frozen=True, slots=True)
class Number:
    """
    A number with its word, as signs [start, end).

    value      "" where it is said in a way that nobody counts in
    is_typo    a digit or the word was mistyped
    is_unsure  spoken so that it can be meant in two ways
    """

    start: int
    end: int
    word: Word
    value: str
    is_typo: bool = False
    is_unsure: bool = False

    @property
    def digits(self) -> int:
        return sum(sign.isdigit() for sign in self.value)

    @property
    def size(self) -> int:
        """Its digits as a number; 0 for a letter."""
        found = re.search(r"\d+", self.value)
        return int(found[0]) if found else 0


@dataclass(frozen=True, slots=True)
class Letters:
    """A run of letters that belong to no number."""

    start: int
    end: int


def scan(said: str) -> list[Number | Letters]:
    """In order; signs between them are in none."""
    found: list[Number | Letters] = []
    run_start = run_end = -1
    for token in TOKEN.finditer(said):
        if token["word"]:
            if run_end != token.start():
                if run_start >= 0:
                    found.append(Letters(run_start, run_end))
                run_start = token.start()
            run_end = token.end()
            continue
        if run_start >= 0:
            found.append(Letters(run_start, run_end))
            run_start = -1
        if token["sign"]:
            continue
        found.append(_number(token))
    if run_start >= 0:
        found.append(Letters(run_start, run_end))
    return found


def _number(token: re.Match[str]) -> Number:
    if token["TELEPHONE"]:
        return Number(token.start(), token.end(), Word.TELEPHONE, token["TELEPHONE"])
    said = token["number"]
    value = number(said)
    is_typo = bool(re.search(r"\d", said)) and value != said
    word = next((Word[name] for name in SUFFIX_WORDS if token[name]), Word.BARE)
    if re.match("[IL][0-9]", value):  # l2号
        value, is_typo = f"1{value[1:]}", True
    if word is Word.BARE and (typo := next((name for name in TYPO_WORDS if token[name]), None)):
        word, is_typo = Word[typo.removesuffix("_TYPO")], True
    value += (token["letter"] or "") if value else ""
    if sum(sign.isdigit() for sign in value) >= LONG_MIN:
        word = Word.TELEPHONE
    return Number(token.start(), token.end(), word, value, is_typo, is_unsure(said))


def are_joined(said: str, one: Number, other: Number) -> bool:
    """Whether nothing but a dash, a blank or the like stands between two numbers."""
    return bool(JOINER.fullmatch(said, one.end, other.start))
