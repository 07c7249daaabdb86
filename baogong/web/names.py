"""Names for ids, in the visitor's language: one query a table, whatever the page shows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from uuid import UUID

from django.utils import translation

from baogong.catalogue import queries as catalogue
from baogong.people.queries import parties


def is_chinese() -> bool:
    return (translation.get_language() or "").startswith("zh")


def item_names() -> dict[UUID, str]:
    """In the order of their names as they are shown: Chinese ones by their pinyin."""
    return in_order(catalogue.item_names())


def in_order(names: Mapping[UUID, tuple[str, str]]) -> dict[UUID, str]:
    """Out of Chinese and English names, in pinyin's order, those that are shown, in their own order."""
    if is_chinese():
        return {item: zh for item, (zh, _en) in names.items()}
    shown = {item: en or zh for item, (zh, en) in names.items()}
    return dict(sorted(shown.items(), key=lambda pair: pair[1].casefold()))


def place_in(names: Mapping[UUID, object]) -> Callable[[UUID], int]:
    """
    A key to sort ids by: their place in `names`, which stand as they are shown. Code points are no order of Chinese.

    What has no name comes last.
    """
    places = {key: number for number, key in enumerate(names)}
    return lambda key: places.get(key, len(places))


def items_in_order() -> list[catalogue.ItemView]:
    """The whole catalogue, in the order of the names as they are shown."""
    goods = catalogue.items()
    return list(goods) if is_chinese() else sorted(goods, key=lambda good: (good.name_en or good.name_zh).casefold())


def party_names(ids: Iterable[UUID] | None = None) -> dict[UUID, str]:
    """Of these parties, or of all, in the order of their names as they are shown: Chinese ones by their pinyin."""
    return in_order(parties.party_names(None if ids is None else set(ids)))
