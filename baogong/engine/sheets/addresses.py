"""Whose address a line is: the community whose name stands in it, and what is written after the name."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from baogong.engine.sheets.house_numbers import plain

_Key = TypeVar("_Key")


def community_in(text: str, names: Iterable[tuple[str, _Key]]) -> tuple[_Key, str] | None:
    """
    Whose name stands in the text, the longest of them, and what is written after it; None: nobody's, or two have that name.

    names  (name, whose)
    """
    written = plain(text)
    found: dict[str, set[_Key]] = {}
    for name, key in names:
        bare = plain(name)
        if bare and bare in written:
            found.setdefault(bare, set()).add(key)
    if not found:
        return None
    longest = max(found, key=lambda name: (len(name), name))
    others = {key for name, keys in found.items() if name not in longest for key in keys}
    if len(found[longest]) > 1 or others - found[longest]:
        return None
    (key,) = found[longest]
    return key, written.rpartition(longest)[2]
