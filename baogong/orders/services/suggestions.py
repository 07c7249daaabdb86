"""What the operator's program suggests for lines that wait; it decides nothing."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction

from baogong.orders.models import BasketItem, ChainLine, Paste
from baogong.orders.reading import WORDS, menu_of
from baogong.orders.suggesting import Program
from baogong.places.queries import register_rows

Stand = ChainLine.State


def ask_program(paste: UUID) -> None:
    """Have a worker ask it, once what was pasted is kept; without a program nothing happens."""
    if not settings.BAOGONG_CHAIN_SUGGESTER:
        return
    from baogong.orders.jobs import suggest  # the job itself imports this module

    transaction.on_commit(lambda: suggest.defer(paste=str(paste)), robust=True)


def suggest_for(*, paste: UUID, now: datetime) -> int:
    """
    Write beside the lines of a paste that wait what the program suggests for them; how many got a suggestion.

    It is asked outside of any transaction, for it may take its time; lines that somebody has decided meanwhile are left alone.
    """
    row = Paste.objects.select_related("basket").filter(id=paste).first()
    if row is None or not settings.BAOGONG_CHAIN_SUGGESTER:
        return 0
    waiting = ChainLine.objects.filter(paste=row, state=Stand.WAITING, decided_at=None).order_by("number")
    lines = list(waiting)
    dishes = BasketItem.objects.filter(basket=row.basket_id).order_by("code", "id").values_list("code", "name")
    doors = tuple(register_rows(row.basket.community_id, now))
    program = Program(settings.BAOGONG_CHAIN_SUGGESTER, menu_of(dishes), doors, WORDS)
    said = program([(row.text[line.start : line.end], line.why) for line in lines])
    return sum(
        waiting.filter(id=line.id).update(suggestion=suggestion)
        for line, suggestion in zip(lines, said, strict=True)
        if suggestion
    )
