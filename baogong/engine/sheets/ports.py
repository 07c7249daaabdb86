"""
What a lower-row room needs of its neighbour while reading a list.

Rooms on one row do not import each other, yet a list of sites names parties. The neighbour offers its names here when
it starts; the reader asks here.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Protocol
from uuid import UUID

from baogong.engine.sheets.names import NameIndex


class PartyBook(Protocol):
    """The register of parties, as other registers see it."""

    def name_index(self, *, kinds: Collection[str] | None = None) -> NameIndex: ...

    def register(
        self, *, kind: str, name: str, name_en: str, city: str, aliases: Collection[str], now: datetime
    ) -> UUID: ...

    def add_alias(self, *, party: UUID, text: str, now: datetime) -> None: ...

    def keep_phone(self, *, party: UUID | None, key: str, phone: str, purpose: str, now: datetime) -> UUID:
        """
        Keep a telephone for one purpose, enciphered; returns the party it stands under.

        party  None: a person of the register known by `key` alone, without a name
        """
        ...

    def sealed(self, text: str) -> str:
        """A personal value enciphered, to wait in a preview that a person has not applied yet."""
        ...

    def unsealed(self, text: str) -> str: ...


_party_book: PartyBook | None = None


def offer_party_book(book: PartyBook) -> None:
    """Called once by the register of parties when it starts."""
    global _party_book
    _party_book = book


def party_book() -> PartyBook:
    """The register offered. A programming error where none was."""
    if _party_book is None:
        raise RuntimeError("no register of parties was offered; is baogong.people installed?")
    return _party_book
