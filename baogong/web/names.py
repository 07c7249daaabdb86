"""Names for ids, in the visitor's language: one query a table, whatever the page shows."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.utils import translation

from baogong.catalogue import queries as catalogue
from baogong.people.queries import parties


def is_chinese() -> bool:
    return (translation.get_language() or "").startswith("zh")


def item_names() -> dict[UUID, str]:
    """In the order of their names."""
    chinese = is_chinese()
    return {item: zh if chinese else (en or zh) for item, (zh, en) in catalogue.item_names().items()}


def party_names(ids: Iterable[UUID] | None = None) -> dict[UUID, str]:
    """Of these parties, or of all."""
    chinese = is_chinese()
    found = parties.party_names(None if ids is None else set(ids))
    return {party: name if chinese else (name_en or name) for party, (name, name_en) in found.items()}
