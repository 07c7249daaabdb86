"""The same request twice has one effect: how a use case finds what its first run made."""

from __future__ import annotations

import json
from typing import Any, TypeVar, cast
from uuid import UUID

from django.db import models

from baogong.kernel.errors import RequestIdReused
from baogong.kernel.ids import derived_id

Row = TypeVar("Row", bound=models.Model)


def content_of(**asked: Any) -> UUID:
    """An id of what was asked: equal content, equal id."""
    return derived_id(json.dumps(asked, default=str, sort_keys=True, ensure_ascii=False))


def made_before(table: type[Row], request_id: UUID, content: UUID) -> Row | None:
    """The row this request made earlier, or None. Raises RequestIdReused where the earlier request asked otherwise."""
    row = table.objects.filter(request_id=request_id).first()  # type: ignore[attr-defined]
    if row is not None and row.content != content:
        raise RequestIdReused(
            "This request id was used before for something else; the first request stands and this one did nothing.",
            where=str(request_id),
            cure="Send the changed request under a new id.",
        )
    return cast("Row | None", row)
