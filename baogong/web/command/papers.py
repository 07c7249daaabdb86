"""What a document says, for people: names for ids, local moments, words for codes and keys."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from baogong.engine.sheets.kinds import UnknownKind, kind_named
from baogong.web.names import is_chinese
from baogong.web.templatetags.baogong import short_id, when
from baogong.web.words import WORDS, word


def ids_in(value: Any) -> set[UUID]:
    """Every id the body holds, wherever it stands."""
    if isinstance(value, Mapping):
        return set().union(*(ids_in(part) for part in value.values()))
    if isinstance(value, list | tuple):
        return set().union(*(ids_in(part) for part in value))
    found = _uuid(value)
    return {found} if found else set()


def readable(value: Any, names: Mapping[UUID, str]) -> Any:
    """The body again, plain: what is empty is left out, what has a name is called by it."""
    if isinstance(value, Mapping):
        other = "_en" if is_chinese() else "_zh"  # what stands in both languages is read in one
        return {
            _label(str(key)): _kind_of_list(part) if key == "kind" else readable(part, names)
            for key, part in value.items()
            if part not in (None, "", [], {}) and not str(key).endswith(other)
        }
    if isinstance(value, list | tuple):
        return [readable(part, names) for part in value]
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, int):
        return f"{value:,}"
    text = str(value)
    identifier = _uuid(text)
    if identifier:
        return names.get(identifier, short_id(identifier))
    try:
        return when(datetime.fromisoformat(text)) if "T" in text else text
    except ValueError:
        return word(text) if text.isupper() else text


def _kind_of_list(code: Any) -> str:
    """What a list is called whose kind this is; another code by its own word."""
    try:
        known = kind_named(str(code))
    except UnknownKind:
        return word(code)
    return known.title_zh if is_chinese() else known.title_en


def _label(key: str) -> str:
    return word(key, "field") if key in WORDS["field"] else key.replace("_", " ")


def _uuid(value: Any) -> UUID | None:
    if not isinstance(value, str) or len(value) != 36:
        return None
    try:
        return UUID(value)
    except ValueError:
        return None
