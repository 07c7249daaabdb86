"""A changing request under an id of its caller's own making has one effect, whichever edge it comes in by."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction

from baogong.journal.models import DoneRequest
from baogong.kernel.errors import RequestIdReused


def once(
    *, request_id: UUID, content: bytes, act: Callable[[], UUID | None], now: datetime, where: str = "request_id"
) -> UUID | None:
    """
    Carry the request out; come again, it does nothing and gets the same answer.

    content  the hash of who asks for what
    act      calls the service, and returns the id of what it made (None: the request named that already); what it
             raises leaves no trace, and the request may come again
    where    what the edge calls the id
    One transaction: killed midway, nothing is left. Raises RequestIdReused.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            # The same request at the same moment waits here, then finds what the first one did.
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"request {request_id}"])
        earlier = DoneRequest.objects.filter(request_id=request_id).first()
        if earlier is None:
            result = act()
            DoneRequest.objects.create(request_id=request_id, content_hash=content, result=result, at=now)
            return result
        if bytes(earlier.content_hash) != content:
            raise RequestIdReused(
                f"This {where} came with another request before; that one stands, this one did nothing.",
                where=where,
                found=str(request_id),
                expected="a new UUID for each new request",
                cure="Send the request under a new id.",
            )
        return earlier.result
